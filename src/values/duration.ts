const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1000 } as const;
const LONGEST_MS = 24 * UNITS_MS.h;

/** What a duration looks like, for messages and schemas. */
export const DURATION_PATTERN = /^(?=\d)(?:(?<h>\d{1,6})h)?(?:(?<m>\d{1,6})m)?(?:(?<s>\d{1,6})s)?$/;
export const DURATION_EXAMPLES = 'a duration such as 120s, 2m or 1m30s';

/** Milliseconds of `120s`, `2m`, `1h30m`; null for anything else, for nothing at all and for more than a day. */
export function parseDurationMs(text: string): number | null {
  const groups = DURATION_PATTERN.exec(text)?.groups;
  if (groups === undefined) return null;
  const total =
    Number(groups['h'] ?? 0) * UNITS_MS.h +
    Number(groups['m'] ?? 0) * UNITS_MS.m +
    Number(groups['s'] ?? 0) * UNITS_MS.s;
  return total >= UNITS_MS.s && total <= LONGEST_MS ? total : null;
}

/** `2m`, `1m30s`, `1h`: the shortest way to write whole seconds. */
export function formatDuration(durationMs: number): string {
  const parts: string[] = [];
  let rest = Math.round(durationMs / 1000) * 1000;
  for (const [unit, unitMs] of Object.entries(UNITS_MS)) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * unitMs;
  }
  return parts.length === 0 ? '0s' : parts.join('');
}
