import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';

/** The addresses of one lab: the bridge's own network and a pool for the networks that containers ask for. */
export interface LabNetwork {
  /** Also the name of the cgroup; at most 15 characters, as the kernel wants it. */
  readonly bridge: string;
  /** `10.203.16.1/24` */
  readonly gateway: string;
  /** `10.203.16.0/24` */
  readonly subnet: string;
  /** `10.203.24.0/21`, handed out in networks of 16 addresses. */
  readonly pool: string;
  /** True where containers reach beyond their host: rules of the packet filter were added. */
  readonly reachesOut: boolean;
}

/** The bridge of one cluster of a lab: the address of its node, and those of its pods. */
export interface BridgeNetwork {
  readonly bridge: string;
  /** `10.203.17.1` */
  readonly address: string;
  /** `10.203.17.0/24` */
  readonly subnet: string;
}

/** That of a lab whose engine is somebody else's: it has none of its own, and nothing of it is ever removed. */
export const NO_NETWORK: LabNetwork = { bridge: '', gateway: '', subnet: '', pool: '', reachesOut: false };

/** Makes a bridge whose addresses nothing else on this machine uses. */
export function makeBridge(bridge: string, reachesOut: boolean): LabNetwork {
  const taken = takenPrefixes();
  const block = freeBlocks(taken)[Math.floor(Math.random() * freeBlocks(taken).length)];
  if (block === undefined) throw new Error('the lab found no free network between 10.200.0.0 and 10.249.255.255');
  const [second, third] = block;
  const network: LabNetwork = {
    bridge,
    gateway: `10.${second}.${third}.1/24`,
    subnet: `10.${second}.${third}.0/24`,
    pool: `10.${second}.${third + 8}.0/21`,
    reachesOut,
  };
  addBridge(bridge, network.gateway);
  if (reachesOut) for (const rule of rulesOf(network)) iptables('-I', rule);
  return network;
}

/** Makes the bridge of a cluster, from the addresses that lie between the lab's network and its pool. */
export function makeClusterBridge(lab: LabNetwork, cluster: { name: string; index: number }): BridgeNetwork {
  const [first, second, third] = lab.gateway.split('.');
  const prefix = `${first}.${second}.${Number(third) + 1 + cluster.index}`;
  const network = { bridge: `${lab.bridge}-${cluster.name}`, address: `${prefix}.1`, subnet: `${prefix}.0/24` };
  addBridge(network.bridge, `${network.address}/24`);
  return network;
}

function addBridge(name: string, address: string): void {
  ip('link', 'add', name, 'type', 'bridge');
  ip('addr', 'add', address, 'dev', name);
  ip('link', 'set', name, 'up');
}

/** Removes the bridges of the lab, its clusters and its containers' own networks, and the rules. May be called twice. */
export function removeBridges(network: LabNetwork): void {
  if (network.reachesOut) for (const rule of rulesOf(network)) attempt(() => iptables('-D', rule));
  for (const link of links()) {
    const ownNetwork = link.name.startsWith('br-') && link.addresses.some((address) => isInPool(address, network));
    const isOwn = link.name === network.bridge || link.name.startsWith(`${network.bridge}-`);
    if (isOwn || ownNetwork) attempt(() => ip('link', 'del', link.name));
  }
}

/** A port on loopback that is free now, below the range from which the kernel hands out ports by itself. */
export async function freePort(taken: Set<number>): Promise<number> {
  for (let attempts = 0; attempts < 200; attempts += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error('the lab found no free port on loopback');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Blocks of 16 networks of 256 addresses, as second and third part of their address. */
function freeBlocks(taken: readonly string[]): [number, number][] {
  const blocks: [number, number][] = [];
  for (let second = 200; second < 250; second += 1)
    for (let third = 0; third < 256; third += 16) {
      const isTaken = taken.some((address) => {
        const [first, itsSecond, itsThird] = address.split('.').map(Number);
        return first === 10 && itsSecond === second && (itsThird ?? 0) >= third && (itsThird ?? 0) < third + 16;
      });
      if (!isTaken) blocks.push([second, third]);
    }
  return blocks;
}

function takenPrefixes(): string[] {
  const routes = JSON.parse(ip('-j', '-4', 'route', 'show', 'table', 'all')) as { dst?: string }[];
  return [...links().flatMap((link) => link.addresses), ...routes.map((route) => route.dst ?? '')];
}

function links(): { name: string; addresses: string[] }[] {
  const all = JSON.parse(ip('-j', '-4', 'addr', 'show')) as { ifname?: string; addr_info?: { local?: string }[] }[];
  return all.map((link) => ({
    name: link.ifname ?? '',
    addresses: (link.addr_info ?? []).map((address) => address.local ?? ''),
  }));
}

function isInPool(address: string, network: LabNetwork): boolean {
  const [first, second, third] = address.split('.');
  const [poolFirst, poolSecond, poolThird] = network.pool.split('.');
  return first === poolFirst && second === poolSecond && Math.floor(Number(third) / 8) * 8 === Number(poolThird);
}

type Rule = { readonly table: string; readonly chain: string; readonly match: readonly string[] };

function rulesOf(network: LabNetwork): Rule[] {
  const { subnet } = network;
  return [
    { table: 'nat', chain: 'POSTROUTING', match: ['-s', subnet, '!', '-d', subnet, '-j', 'MASQUERADE'] },
    { table: 'filter', chain: 'FORWARD', match: ['-s', subnet, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', match: ['-d', subnet, '-j', 'ACCEPT'] },
  ];
}

function iptables(action: '-I' | '-D', rule: Rule): void {
  execFileSync('iptables', ['-w', '10', '-t', rule.table, action, rule.chain, ...rule.match], { stdio: 'pipe' });
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // It is gone already.
  }
}
