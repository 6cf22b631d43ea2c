/**
 * Removes secrets from every text that leaves the program: raw, base64 (also inside the base64 of `user:password`, and
 * broken over lines), URL-encoded and JSON-escaped. One per process; every credential that is read is added to it.
 */
export interface Redactor {
  /** Adds a secret. Texts of fewer than four characters are ignored: they would redact half of every log. */
  add(secret: string): void;
  /** The text with every known secret replaced by `***`. */
  redact(text: string): string;
  /** A deep copy of plain JSON data with every string redacted. */
  redactData<T>(data: T): T;
  /** A redactor for text that comes in chunks: a secret split over two chunks is found too. */
  stream(): RedactingStream;
}

export interface RedactingStream {
  /** Text that may be shown now; a tail that could be the beginning of a secret is held back. */
  write(chunk: string): string;
  /** The rest. */
  end(): string;
}
