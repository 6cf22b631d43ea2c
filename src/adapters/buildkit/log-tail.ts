import { StringDecoder } from 'node:string_decoder';

type StreamName = 'stdout' | 'stderr';

const LINES_KEPT = 20;
/** Of one line: a progress bar without line breaks must not fill the memory. */
const LINE_LENGTH_KEPT = 2_000;

/** Decodes the output of one step and keeps its last lines, both streams in the order in which they came. */
export class LogTail {
  readonly #decoders: Readonly<Record<StreamName, StringDecoder>> = {
    stdout: new StringDecoder('utf8'),
    stderr: new StringDecoder('utf8'),
  };
  readonly #lines: string[] = [];
  #open = '';

  /** The text of a chunk; a character that is not complete yet comes with the next one. Bad UTF-8 becomes U+FFFD. */
  add(stream: StreamName, bytes: Uint8Array): string {
    return this.#keep(this.#decoders[stream].write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  }

  end(): { readonly stream: StreamName; readonly text: string }[] {
    const streams: readonly StreamName[] = ['stdout', 'stderr'];
    return streams
      .map((stream) => ({ stream, text: this.#keep(this.#decoders[stream].end()) }))
      .filter(({ text }) => text !== '');
  }

  /** The last lines, at most 20, without blank ones. */
  lines(): string[] {
    return [...this.#lines, this.#open].filter((line) => line.trim() !== '').slice(-LINES_KEPT);
  }

  #keep(text: string): string {
    const [first = '', ...rest] = text.split('\n');
    this.#open = shown(this.#open + first);
    for (const line of rest) {
      if (this.#open.trim() !== '') this.#lines.push(this.#open);
      this.#open = shown(line);
    }
    this.#lines.splice(0, this.#lines.length - LINES_KEPT);
    return text;
  }
}

/** A progress bar redraws its line after a carriage return: the last drawing counts. */
function shown(line: string): string {
  const drawn = line.replace(/\r+$/, '');
  return drawn.slice(drawn.lastIndexOf('\r') + 1).slice(0, LINE_LENGTH_KEPT);
}
