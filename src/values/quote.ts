const LONGEST_SHOWN = 80;

/**
 * Text from outside in double quotes, for messages: control characters (which could repaint a terminal) and
 * bidirectional marks as escapes, cut to 80 characters.
 */
export function quote(text: string): string {
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return JSON.stringify(cut).replaceAll(
    /[\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
