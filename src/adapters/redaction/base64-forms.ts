const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BITS_PER_BYTE = 8;
const BITS_PER_CHARACTER = 6;

/**
 * How the base64 of any text that holds `secret` shows it. Three bytes make four characters, so the secret can begin at
 * three places of such a group; the characters that it shares with its neighbours are left out at the front and tried
 * in every variant at the end. Also base64url, and, unless `breadth` is `standard`, base64 that is URL-encoded itself.
 * Padding is no part of it.
 */
export function base64Forms(secret: string, breadth: 'all' | 'standard'): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const standard = [0, 1, 2].flatMap((shift) => alignedForms(bytes, shift));
  const forms = new Set(standard);
  for (const form of standard) {
    forms.add(form.replaceAll('+', '-').replaceAll('/', '_'));
    if (breadth === 'standard') continue;
    forms.add(form.replaceAll('+', '%2B').replaceAll('/', '%2F'));
    forms.add(form.replaceAll('+', '%2b').replaceAll('/', '%2f'));
  }
  return [...forms];
}

/**
 * How base64 of base64 of any text that holds `secret` shows it, as a Kubernetes Secret of a Docker login does. Only what
 * is the same whatever stands around it: up to two characters at either end of the inner base64 are left.
 */
export function nestedBase64Forms(secret: string): readonly string[] {
  const core = (text: string, shift: number): string => alignedForms(Buffer.from(text, 'utf8'), shift)[0] ?? '';
  const shifts = [0, 1, 2];
  return shifts.flatMap((inner) => shifts.map((outer) => core(core(secret, inner), outer)));
}

function alignedForms(bytes: Buffer, shift: number): readonly string[] {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const first = Math.ceil((shift * BITS_PER_BYTE) / BITS_PER_CHARACTER);
  const bits = (shift + bytes.length) * BITS_PER_BYTE;
  const end = Math.floor(bits / BITS_PER_CHARACTER);
  const core = encoded.slice(first, end);
  const sharedBits = bits % BITS_PER_CHARACTER;
  if (sharedBits === 0) return [core];
  const lowest = ALPHABET.indexOf(encoded.charAt(end));
  const variants = ALPHABET.slice(lowest, lowest + 2 ** (BITS_PER_CHARACTER - sharedBits));
  return [core, ...variants.split('').map((variant) => core + variant)];
}
