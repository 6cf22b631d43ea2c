import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { passOn, type Exchange } from './faults/exchange.ts';

/** What goes wrong with one request. Each is in a file of its own in `faults/`. */
export interface Fault {
  /** For the list of requests: `502`, `reset after 65536 bytes`. */
  readonly name: string;
  handle(exchange: Exchange): Promise<void>;
}

/** Which requests a fault is for. The first rule that fits and is not used up decides. */
export interface FaultRule {
  readonly fault: Fault;
  /** Any method where it is not said. */
  readonly method?: string;
  /** Matched against the path with its query. */
  readonly path?: RegExp;
  /** Matched against `user-agent`: an engine asks for other reasons than `xgen-build` itself. */
  readonly agent?: RegExp;
  /** How many requests that fit are let through before; 0 by default. */
  readonly after?: number;
  /** How many are met by the fault then; all by default. */
  readonly times?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly isLoggedIn: boolean;
  /** Name of the fault that met it; null where it was passed on as it was. */
  readonly fault: string | null;
  /** Milliseconds since the proxy was started. */
  readonly atMs: number;
}

/** Stands on loopback before a registry; whatever no rule is for goes through unchanged. */
export interface FaultProxy {
  /** `127.0.0.1:41234`: to be named in place of the registry's own host. An engine takes it as insecure. */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  add(rule: FaultRule): void;
  /** Every rule is gone, and so is the list of requests. */
  clear(): void;
  close(): Promise<void>;
}

/** `upstream` is `127.0.0.1:41234`. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const begin = performance.now();
  const requests: SeenRequest[] = [];
  let rules: CountedRule[] = [];
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request;
    const fault = takeRule(rules, { method, path: url, agent: headers['user-agent'] ?? '' })?.fault ?? null;
    const isLoggedIn = headers.authorization !== undefined;
    const atMs = performance.now() - begin;
    requests.push({ method, path: url, isLoggedIn, fault: fault?.name ?? null, atMs });
    const exchange = { request, response, upstream };
    (fault === null ? passOn(exchange) : fault.handle(exchange)).catch(() => {
      // The other side went away: so does this one, as a proxy between them would.
      response.destroy();
    });
  };
  const server = createServer(serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    add: (rule) => void rules.push({ rule, seen: 0 }),
    clear() {
      rules = [];
      requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface CountedRule {
  readonly rule: FaultRule;
  /** Requests that fitted so far. */
  seen: number;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly agent: string;
}

function fits(rule: FaultRule, { method, path, agent }: Asked): boolean {
  return (rule.method ?? method) === method && rule.path?.test(path) !== false && rule.agent?.test(agent) !== false;
}

function takeRule(rules: readonly CountedRule[], asked: Asked): FaultRule | null {
  for (const counted of rules) {
    const { rule } = counted;
    const first = rule.after ?? 0;
    if (!fits(rule, asked) || counted.seen >= first + (rule.times ?? Infinity)) continue;
    counted.seen += 1;
    if (counted.seen > first) return rule;
  }
  return null;
}
