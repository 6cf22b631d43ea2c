import type { Fault } from '../fault-proxy.ts';
import { askAside, askUpstream, giveAnswer, type Exchange } from './exchange.ts';

/** The registry takes the blob and loses it again, before it answers: a garbage collection during a push. */
export function forgetsBlob(): Fault {
  return {
    name: 'blob accepted, then gone',
    handle: async (exchange) => {
      const url = new URL(exchange.request.url ?? '', 'http://registry');
      const digest = url.searchParams.get('digest') ?? '';
      const answer = await askUpstream(exchange);
      await forget(exchange, `/v2/${repositoryOf(url.pathname)}/blobs/${digest}`);
      await giveAnswer(exchange, answer);
    },
  };
}

/** The registry takes the manifest and loses it again, before it answers. */
export function forgetsManifest(): Fault {
  return {
    name: 'manifest accepted, then gone',
    handle: async (exchange) => {
      const answer = await askUpstream(exchange);
      const digest = String(answer.headers['docker-content-digest']);
      const repository = repositoryOf(new URL(exchange.request.url ?? '', 'http://registry').pathname);
      await forget(exchange, `/v2/${repository}/manifests/${digest}`);
      await giveAnswer(exchange, answer);
    },
  };
}

/** The registry takes the manifest, and loses the last of its layers. */
export function forgetsLayerOfManifest(): Fault {
  return {
    name: 'manifest accepted, then a layer gone',
    handle: async (exchange) => {
      const { pathname } = new URL(exchange.request.url ?? '', 'http://registry');
      const answer = await askUpstream(exchange);
      const headers = { accept: exchange.request.headers['content-type'] ?? '', ...loginOf(exchange) };
      const manifest = (await (await fetch(`http://${exchange.upstream}${pathname}`, { headers })).json()) as {
        layers: { digest: string }[];
      };
      await forget(exchange, `/v2/${repositoryOf(pathname)}/blobs/${manifest.layers.at(-1)?.digest ?? ''}`);
      await giveAnswer(exchange, answer);
    },
  };
}

function loginOf({ request }: Exchange): Record<string, string> {
  const { authorization } = request.headers;
  return authorization === undefined ? {} : { authorization };
}

/** `/v2/xgen/main/xgen-core/blobs/uploads/…` → `xgen/main/xgen-core` */
function repositoryOf(path: string): string {
  return /^\/v2\/(?<repository>.+)\/(?:blobs|manifests)\//.exec(path)?.groups?.['repository'] ?? '';
}

async function forget(exchange: Exchange, path: string): Promise<void> {
  const status = await askAside(exchange, 'DELETE', path);
  if (status !== 202) throw new Error(`the registry answered ${status} to DELETE ${path}`);
}
