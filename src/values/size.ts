/** A size as registries and docker print it, in powers of 1000: `512 B`, `4.1 kB`, `4.1 MB`, `1.2 GB`. */
export function bytesText(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  const safeBytes = Number.isFinite(bytes) && bytes > 0 ? bytes : 0;
  if (safeBytes < 1000) return `${Math.round(safeBytes)} B`;
  let value = safeBytes;
  let unit = 'B';
  for (const next of units) {
    if (Number(value.toFixed(1)) < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value.toFixed(1)} ${unit}`;
}
