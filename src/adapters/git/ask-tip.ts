import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Login } from '../../ports/credentials.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { basicLogin, type Environment } from './git-environment.ts';
import { isHttp, originOf, schemeOf } from './source-url.ts';
import type { GitTools } from './tools.ts';

/** Without an answer for so long git is asked, which knows more ways and says more. */
const LIMIT_MS = 10_000;
const MOST_BYTES = 1024 * 1024;

/** Where a variable of these is set, git reaches servers in a way that is its own. */
const NETWORK_VARIABLE = /^(?:https?|all)_proxy$|^GIT_SSL_|^GIT_PROXY_|^SSL_CERT_|^CURL_CA_BUNDLE$/i;

/** Asks a git server for the tip of one branch; null: ask git. */
export type AskTip = (source: SourceRef, signal: AbortSignal) => Promise<string | null>;

/**
 * The tip of a branch by one request of git's own protocol (version 2, gitprotocol-v2(5)), which saves two processes and
 * a round that `git ls-remote` takes. Whatever is not plain (a proxy, a CA of the user's, a redirect, a login that only
 * git's helpers know, an older server, any error at all) is left to git: so git's answer is always the last word on what
 * went wrong. A server that did not understand is not asked again.
 */
export function createAskTip(tools: GitTools): AskTip {
  const left = new Set<string>();
  return async (source, signal) => {
    if (!isHttp(source.url) || left.has(originOf(source.url)) || hasNetworkVariable(tools.environment)) return null;
    const [settings, login] = await Promise.all([tools.network(signal), loginOf(tools, source)]);
    if (settings.length > 0) return null;
    const tip = await request({ source, login, signal }).catch(() => null);
    signal.throwIfAborted();
    if (tip === null) left.add(originOf(source.url));
    return tip;
  };
}

function hasNetworkVariable(environment: Environment): boolean {
  return Object.entries(environment).some(([name, value]) => NETWORK_VARIABLE.test(name) && (value ?? '') !== '');
}

async function loginOf({ credentials }: GitTools, { url, credentialId }: SourceRef): Promise<Login | null> {
  return credentialId === null ? null : credentials.require(credentialId, { kind: 'source', url });
}

interface Question {
  readonly source: SourceRef;
  readonly login: Login | null;
  readonly signal: AbortSignal;
}

async function request({ source, login, signal }: Question): Promise<string | null> {
  const { url, branch } = source;
  const body = Buffer.concat([
    packet('command=ls-refs\n'),
    Buffer.from('0001'),
    packet(`ref-prefix refs/heads/${branch}\n`),
    Buffer.from('0000'),
  ]);
  const answer = await send(new URL(`${url.replace(/\/+$/, '')}/git-upload-pack`), {
    method: 'POST',
    headers: {
      'git-protocol': 'version=2',
      'content-type': 'application/x-git-upload-pack-request',
      accept: 'application/x-git-upload-pack-result',
      'content-length': String(body.length),
      ...(login === null ? {} : { authorization: basicLogin(login) }),
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    scheme: schemeOf(url) === 'https' ? 'https' : 'http',
  });
  return answer === null ? null : tipIn(answer, branch);
}

interface Sending extends Pick<RequestOptions, 'method' | 'headers' | 'signal'> {
  readonly body: Buffer;
  readonly scheme: 'http' | 'https';
}

/** The body of an answer that is git's; null for any other. Redirects are not followed: the login is for one server. */
async function send(url: URL, { body, scheme, ...options }: Sending): Promise<Buffer | null> {
  const { request: open } = scheme === 'https' ? await import('node:https') : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const outgoing: ClientRequest = open(url, options, (answer: IncomingMessage) => {
    const isOurs = answer.headers['content-type'] === 'application/x-git-upload-pack-result';
    if (answer.statusCode !== 200 || !isOurs) {
      answer.destroy();
      resolve(null);
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) answer.destroy(new Error('too long an answer'));
      else chunks.push(chunk);
    });
    answer.on('end', () => resolve(Buffer.concat(chunks)));
    answer.on('error', reject);
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

function packet(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** The commit of the branch out of `<commit> refs/heads/<branch>` packets; null where any of it is not as it must be. */
export function tipIn(answer: Buffer, branch: string): string | null {
  let tip: string | null = null;
  for (let at = 0; at + 4 <= answer.length;) {
    const header = answer.toString('latin1', at, at + 4);
    if (header === '0000') return tip;
    const length = /^[0-9a-f]{4}$/.test(header) ? Number.parseInt(header, 16) : 0;
    if (length < 5 || at + length > answer.length) return null;
    const line = answer.toString('utf8', at + 4, at + length).replace(/\n$/, '');
    const match = /^(?<commit>[0-9a-f]{40}|[0-9a-f]{64}) (?<ref>refs\/heads\/.+)$/.exec(line);
    if (match === null) return null;
    if (match.groups?.['ref'] === `refs/heads/${branch}`) tip = match.groups['commit'] ?? null;
    at += length;
  }
  return null;
}
