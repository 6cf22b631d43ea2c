import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import type { EngineAddress } from './endpoint.ts';

type SshAddress = Extract<EngineAddress, { kind: 'ssh' }>;

/** Arguments as the docker client's; BatchMode keeps ssh from asking for a password that nobody would type. */
export function sshArguments(to: SshAddress): string[] {
  return [
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=30',
    '-T',
    ...(to.user === null ? [] : ['-l', to.user]),
    ...(to.port === null ? [] : ['-p', String(to.port)]),
    '--',
    to.host,
    'docker',
    ...(to.socket === null ? [] : ['--host', `unix://${to.socket}`]),
    'system',
    'dial-stdio',
  ];
}

/**
 * Opens a connection to the engine of another machine, through ssh and `docker system dial-stdio` there.
 * The stream fails with `explain(error)` where ssh ends before the engine said anything.
 */
export function openSshStream(to: SshAddress, explain: (error: Error) => Error): Duplex {
  return new ProcessStream(spawn('ssh', sshArguments(to), { stdio: ['pipe', 'pipe', 'pipe'] }), explain);
}

const STDERR_LIMIT = 2_000;

/** A process's standard input and output as one stream, with the few socket methods that an http agent calls. */
export class ProcessStream extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #explain: (error: Error) => Error;
  #stderr = '';
  #hasAnswered = false;

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, explain: (error: Error) => Error) {
    super({ allowHalfOpen: true });
    this.#child = child;
    this.#explain = explain;
    child.stdout.on('data', (chunk: Buffer) => {
      this.#hasAnswered = true;
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_LIMIT);
    });
    // A broken pipe says less than what ssh writes before it ends: `close` below has the reason.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.destroy(explain(new Error(`ssh cannot be started: ${error.message}`))));
    // `close` comes after the last output, so the reason on standard error is complete.
    child.on('close', (code) => {
      if (code === 0 || code === null) this.push(null);
      else this.#fail(new Error(this.#stderr.trim() || `ssh ended with exit code ${code}`));
    });
  }

  #fail(error: Error): void {
    this.destroy(this.#hasAnswered ? error : this.#explain(error));
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, (error) => done(this.#hasAnswered ? error : null));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill('SIGTERM');
    done(error);
  }

  /** An idle connection must not keep this process alive. */
  unref(): this {
    this.#child.unref();
    this.#setReferenced('unref');
    return this;
  }

  ref(): this {
    this.#child.ref();
    this.#setReferenced('ref');
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  #setReferenced(method: 'ref' | 'unref'): void {
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      const change: unknown = Reflect.get(stream, method);
      if (typeof change === 'function') Reflect.apply(change, stream, []);
    }
  }
}
