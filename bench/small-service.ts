import type { Infra, Lab } from '../test/lab/lab.ts';
import { alternate, ratioFigure, type Figure } from './measure.ts';
import { build } from './program.ts';
import { writeShellScript } from './shell-script.ts';

/** One small service whose source changed, without a rollout, compared to the same job as a shell script. */
export async function measureSmallService(lab: Lab, client: string): Promise<Figure[]> {
  const infra = await lab.freshInfra();
  const dockerfile = 'dockerfiles/xgen-python/Dockerfile.local';
  const script = await writeShellScript({ lab, infra, client, service: 'xgen-core', site: 'aww', dockerfile });
  const change = changer(infra);
  const times = await alternate(
    9,
    async () => {
      await change('main');
      return (await build(infra, { service: 'xgen-core', site: 'main' })).ms;
    },
    async () => {
      await change('aww');
      return (await script.run()).ms;
    },
  );
  return [
    ratioFigure({
      name: 'one small service, source changed, to a shell script of git fetch, docker build and two docker push',
      limit: 1.1,
      times,
    }),
  ];
}

function changer(infra: Infra): (branch: string) => Promise<unknown> {
  let version = 1;
  return (branch) => {
    version += 1;
    const files = { 'www/health': `version ${version}\n` };
    return infra.commit({ service: 'xgen-core', branch, files, message: `Version ${version}` });
  };
}
