import type { RegistryClient, Registries } from '../ports/registry.ts';
import type { CheckoutRequest, SourceRef, Sources, SourceTree } from '../ports/sources.ts';
import type { Ports } from './context.ts';
import { createOnce } from './looks.ts';

/**
 * The ports of a run with several builds: one client (and so one login) per registry, one fetch per branch of a
 * repository, one look at the infra checkout.
 */
export function sharePorts(ports: Ports): Ports {
  return { ...ports, ...shareReads(ports) };
}

/** The same for a command that keeps nothing. */
export function shareReads(ports: Omit<Ports, 'store'>): Omit<Ports, 'store'> {
  return { ...ports, registries: shareRegistries(ports.registries), sources: shareSources(ports.sources) };
}

function shareRegistries(registries: Registries): Registries {
  const clients = new Map<string, RegistryClient>();
  const once = (key: string, open: () => RegistryClient): RegistryClient => {
    const client = clients.get(key) ?? open();
    clients.set(key, client);
    return client;
  };
  return {
    open: (address) => once(JSON.stringify(address), () => registries.open(address)),
    openHost: (host) => once(host, () => registries.openHost(host)),
  };
}

/** Of services that live in one repository the first brings the branch; the others take what it brought. */
function shareSources(sources: Sources): Sources {
  const brought = new Map<string, Promise<SourceTree | null>>();
  const infra = createOnce<Awaited<ReturnType<Sources['infraState']>>>();

  async function checkout(request: CheckoutRequest): Promise<SourceTree> {
    const key = keyOf(request.source);
    const first = brought.get(key);
    if (first !== undefined) {
      const commit = request.commit ?? (await first)?.head.commit ?? null;
      return sources.checkout({ ...request, commit });
    }
    const own = sources.checkout(request);
    // What makes the first one fail may be its own: the next asks for itself.
    brought.set(
      key,
      own.catch(() => {
        brought.delete(key);
        return null;
      }),
    );
    return own;
  }

  return { ...sources, checkout, infraState: (root) => infra(root, () => sources.infraState(root)) };
}

function keyOf({ url, branch, credentialId }: SourceRef): string {
  return JSON.stringify([url, branch, credentialId]);
}
