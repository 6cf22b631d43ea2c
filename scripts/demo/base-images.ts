import type { InfraChanges } from '../../test/lab/infra.ts';
import { exampleInfra } from '../../test/lab/examples.ts';
import type { OwnLab } from '../../test/lab/lab.ts';
import { provideStandIns } from '../../test/lab/stand-ins/stand-ins.ts';

const PUBLIC_REGISTRY = 'https://registry-1.docker.io/v2/';

/** True where public images can be pulled: their registry answers, whatever it says. */
export async function canPullPublicImages(): Promise<boolean> {
  try {
    await fetch(PUBLIC_REGISTRY, { signal: AbortSignal.timeout(4_000) });
    return true;
  } catch {
    return false;
  }
}

/** The example services on public base images where they can be pulled, else on stand-ins, which are made here. */
export async function demoInfra(lab: OwnLab, say: (sentence: string) => void): Promise<InfraChanges> {
  if (await canPullPublicImages()) return exampleInfra(null);
  say('Public base images cannot be pulled here: stand-ins of Debian packages take their place.');
  const bases = await provideStandIns({ directory: lab.directory, engineHost: lab.engine.host, say });
  return exampleInfra(bases);
}
