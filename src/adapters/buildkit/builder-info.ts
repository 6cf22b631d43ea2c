import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { EngineError } from '../../errors/xgen-error.ts';
import type { BuilderInfo } from '../../ports/builder.ts';
import { callEngine, recordOf, refusedCall, stringOf, stringsOf } from '../engine/call.ts';
import { isLoopback } from '../engine/endpoint.ts';
import type { Engine } from '../engine/open-engine.ts';

/** Docker 18.09: the first with BuildKit and its session. */
const OLDEST_API = [1, 39] as const;

/** Asks the engine what it is. Throws ENGINE_UNREACHABLE, ENGINE_TOO_OLD. */
export async function readBuilderInfo(engine: Engine, signal: AbortSignal): Promise<BuilderInfo> {
  const [version, info] = await Promise.all([get(engine, '/version', signal), get(engine, '/info', signal)]);
  const api = stringOf(version['ApiVersion']);
  const name = stringOf(version['Version']);
  if (isOlder(api)) throw tooOld(engine, name, api);
  const rules = readRegistryRules(info['RegistryConfig']);
  return {
    version: `docker ${name}`,
    endpoint: engine.endpoint.address,
    arch: stringOf(version['Arch']),
    isInsecure: async (host) => isInsecure(rules, host),
  };
}

async function get(engine: Engine, path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const request = { method: 'GET', path, signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status !== 200) throw refusedCall(request, answer);
  return recordOf(answer.body);
}

/** True for an API before 1.39. */
export function isOlder(api: string): boolean {
  const [major = 0, minor = 0] = api.split('.').map(Number);
  return major < OLDEST_API[0] || (major === OLDEST_API[0] && minor < OLDEST_API[1]);
}

function tooOld(engine: Engine, version: string, api: string): EngineError {
  return new EngineError({
    code: 'ENGINE_TOO_OLD',
    message: `the Docker engine at ${engine.endpoint.address} is version ${version}, which has no BuildKit session`,
    hint: 'use Docker 18.09 or newer, or another engine through DOCKER_HOST',
    facts: { version, api },
  });
}

/** Which registries the engine reaches without verified TLS: named ones, and ranges of addresses. */
export interface RegistryRules {
  /** By host and port, as daemon.json names them; true: verified. */
  readonly named: ReadonlyMap<string, boolean>;
  readonly insecureRanges: readonly string[];
}

export function readRegistryRules(config: unknown): RegistryRules {
  const { IndexConfigs: indexes, InsecureRegistryCIDRs: ranges } = recordOf(config);
  const named = Object.entries(recordOf(indexes)).map(
    ([host, index]) => [host, recordOf(index)['Secure'] !== false] as const,
  );
  return { named: new Map(named), insecureRanges: stringsOf(ranges) };
}

/** By the engine's own rule: a named registry as it is named, any other by the addresses that its name has. */
export async function isInsecure(rules: RegistryRules, registryHost: string): Promise<boolean> {
  const isVerified = rules.named.get(registryHost);
  if (isVerified !== undefined) return !isVerified;
  const host = registryHost.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (isLoopback(host) && host === 'localhost') return inRanges(rules.insecureRanges, ['127.0.0.1', '::1']);
  return inRanges(rules.insecureRanges, isIP(host) === 0 ? await addressesOf(host) : [host]);
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

function inRanges(ranges: readonly string[], addresses: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    if (isIP(network) !== 0) list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return addresses.some((address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
}
