const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A duration for people: `0.2s`, `48.1s`, `2m 05s`, `1h 02m`. Never shows 60 of a unit; what is not a positive number
 * counts as 0.
 */
export function durationText(ms: number): string {
  const safeMs = Number.isFinite(ms) && ms > 0 ? ms : 0;
  const tenths = Math.round(safeMs / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(safeMs / SECOND_MS);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`;
  const minutes = Math.round(safeMs / MINUTE_MS);
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}

/**
 * How long ago a moment was: `just now`, `1 minute ago`, `3 hours ago`, `12 days ago`, and from 60 days on the date
 * itself, `2026-03-09`. A moment in the future (clocks of two machines differ) counts as now. `at` is RFC 3339; text that
 * is no time comes back as it is.
 */
export function relativeTime(at: string, now: Date): string {
  const moment = Date.parse(at);
  if (Number.isNaN(moment)) return at;
  const agoMs = now.getTime() - moment;
  if (agoMs < MINUTE_MS) return 'just now';
  if (agoMs < HOUR_MS) return `${countText(Math.floor(agoMs / MINUTE_MS), 'minute')} ago`;
  if (agoMs < 2 * DAY_MS) return `${countText(Math.floor(agoMs / HOUR_MS), 'hour')} ago`;
  if (agoMs < 60 * DAY_MS) return `${countText(Math.floor(agoMs / DAY_MS), 'day')} ago`;
  return new Date(moment).toISOString().slice(0, 10);
}

/** A number and its word: `1 step`, `2 steps`. */
export function countText(count: number, word: string, plural: string = `${word}s`): string {
  return `${count} ${count === 1 ? word : plural}`;
}

/** Words in a row: `dev`, `dev and prd`, `a, b and c`. */
export function listText(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
