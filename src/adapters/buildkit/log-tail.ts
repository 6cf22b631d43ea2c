import { StringDecoder } from 'node:string_decoder';
import type { RedactingStream, Redactor } from '../../ports/redactor.ts';

type StreamName = 'stdout' | 'stderr';

const LINES_KEPT = 20;
/** Of one line: a progress bar without line breaks must not fill the memory. */
const LINE_LENGTH_KEPT = 2_000;

/**
 * Decodes the output of one step and keeps its last lines, both streams in the order in which they came. The lines are
 * redacted before they are cut: nobody could tell the second half of a secret for what it is.
 */
export class LogTail {
  readonly #decoders: Readonly<Record<StreamName, StringDecoder>> = {
    stdout: new StringDecoder('utf8'),
    stderr: new StringDecoder('utf8'),
  };
  readonly #redacting: Readonly<Record<StreamName, RedactingStream>> | null;
  readonly #lines: string[] = [];
  #open = '';

  /** Without a redactor the lines are kept as they came. */
  constructor(redactor: Redactor | null = null) {
    this.#redacting = redactor === null ? null : { stdout: redactor.stream(), stderr: redactor.stream() };
  }

  /** The text of a chunk; a character that is not complete yet comes with the next one. Bad UTF-8 becomes U+FFFD. Not redacted. */
  add(stream: StreamName, bytes: Uint8Array): string {
    const text = this.#decoders[stream].write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#keep(this.#redacting?.[stream].write(text) ?? text);
    return text;
  }

  end(): { readonly stream: StreamName; readonly text: string }[] {
    const streams: readonly StreamName[] = ['stdout', 'stderr'];
    return streams.map((stream) => ({ stream, text: this.#end(stream) })).filter(({ text }) => text !== '');
  }

  #end(stream: StreamName): string {
    const text = this.#decoders[stream].end();
    const redacting = this.#redacting?.[stream];
    this.#keep(redacting === undefined ? text : redacting.write(text) + redacting.end());
    return text;
  }

  /** The last lines, at most 20, without blank ones. Of a step that has not ended, without what may be half a secret. */
  lines(): string[] {
    return [...this.#lines, this.#open].filter((line) => line.trim() !== '').slice(-LINES_KEPT);
  }

  #keep(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    this.#open = shown(this.#open + first);
    for (const line of rest) {
      if (this.#open.trim() !== '') this.#lines.push(this.#open);
      this.#open = shown(line);
    }
    this.#lines.splice(0, this.#lines.length - LINES_KEPT);
  }
}

/** A progress bar redraws its line after a carriage return: the last drawing counts. */
function shown(line: string): string {
  const drawn = line.replace(/\r+$/, '');
  return drawn.slice(drawn.lastIndexOf('\r') + 1).slice(0, LINE_LENGTH_KEPT);
}
