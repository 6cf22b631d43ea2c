import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { FingerprintInputs } from '../../../src/plan/fingerprint.ts';
import { LAB_ARCH } from '../../lab/base-image.ts';
import type { Infra } from '../../lab/lab.ts';
import { pushImage } from '../../lab/push-image.ts';
import { makeTar } from '../../lab/tar.ts';
import { useLab } from '../../lab/use-lab.ts';
import { build } from '../main-job/scene.ts';

const lab = useLab();
const SERVICE = 'xgen-mcp-station';
const FOLDER = 'dockerfiles/xgen-mcp-station';

type Change = (infra: Infra) => Promise<void>;

interface Case {
  readonly what: string;
  readonly change: Change;
  /** What the report says of it. */
  readonly reason: RegExp;
}

async function editYaml(infra: Infra, file: string, edit: (data: Record<string, never>) => void): Promise<void> {
  const path = join(infra.configDirectory, file);
  const data = parse(await readFile(path, 'utf8')) as Record<string, never>;
  edit(data);
  await writeFile(path, stringify(data));
}

const editService = (edit: (service: Record<string, unknown>) => void): Change => {
  return (infra) =>
    editYaml(infra, 'services.yaml', (data: { services?: Record<string, Record<string, unknown>> }) =>
      edit(data.services?.[SERVICE] ?? {}),
    );
};

async function append(infra: Infra, file: string, text: string): Promise<void> {
  const path = join(infra.root, FOLDER, file);
  await writeFile(path, `${await readFile(path, 'utf8')}${text}`);
}

/** A base image of this infra's own, that can be published again. */
async function publishBase(infra: Infra, content: string): Promise<string> {
  const repository = `${infra.project}/base`;
  const { host } = lab.registries.local;
  const file = makeTar([{ kind: 'file', path: 'version', mode: 0o644, content: Buffer.from(content) }]);
  await pushImage({ host, repository, tag: '1', architecture: LAB_ARCH, layers: [file], config: {} });
  return `${host}/${repository}:1`;
}

/**
 * For every input of the fingerprint, changes in the outside world that touch it alone. What has none here does not
 * compile, and fails the test below: an input that nobody changes might as well not count.
 */
const CASES: Readonly<Record<keyof FingerprintInputs, readonly Case[] | 'in the unit tests alone'>> = {
  // A constant of this program.
  semanticsVersion: 'in the unit tests alone',
  repository: [
    {
      what: 'the same repository at another address',
      change: async (infra) => {
        const folder = join(lab.directory, 'git', infra.group);
        await cp(join(folder, `${SERVICE}.git`), join(folder, 'moved.git'), { recursive: true });
        await editService((service) => (service['repo'] = 'moved'))(infra);
      },
      reason: /^address of the repository$/,
    },
  ],
  commit: [
    {
      what: 'a commit',
      change: async (infra) => {
        const files = { 'www/health': 'changed\n' };
        await infra.commit({ service: SERVICE, branch: 'main', files, message: 'Change' });
      },
      reason: /^source [0-9a-f]{7} → [0-9a-f]{7}$/,
    },
  ],
  overlay: [
    {
      what: 'the Dockerfile',
      change: (infra) => append(infra, 'Dockerfile.local', 'ENV X=1\n'),
      reason: /^Dockerfile$/,
    },
    { what: '.dockerignore', change: (infra) => append(infra, '.dockerignore', '*.tmp\n'), reason: /^\.dockerignore$/ },
    {
      what: '.dockerignore taken away',
      change: (infra) => rm(join(infra.root, FOLDER, '.dockerignore')),
      reason: /^\.dockerignore \(gone\)$/,
    },
    { what: 'entrypoint.sh', change: (infra) => append(infra, 'entrypoint.sh', '# end\n'), reason: /^entrypoint\.sh$/ },
  ],
  args: [
    {
      what: "an argument of the project's",
      change: (infra) =>
        editYaml(infra, 'project.yaml', (data: { build?: { args: Record<string, string> } }) => {
          if (data.build !== undefined) data.build.args['MIRROR'] = 'https://mirror.example.com';
        }),
      reason: /^argument MIRROR \(new\)$/,
    },
    {
      what: "an argument of the service's",
      change: editService((service) => (service['args'] = { FEATURE: 'on' })),
      reason: /^argument FEATURE \(new\)$/,
    },
  ],
  target: [
    {
      what: 'the stage',
      change: editService((service) => (service['target'] = 'run')),
      reason: /^stage of the Dockerfile$/,
    },
  ],
  platform: 'in the unit tests alone',
  context: [
    {
      what: 'the folder of the context',
      change: editService((service) => (service['context'] = 'app')),
      reason: /^folder of the build context$/,
    },
  ],
  submodules: [
    { what: 'submodules', change: editService((service) => (service['submodules'] = true)), reason: /^submodules$/ },
  ],
  baseImages: [
    {
      what: 'a base image that was published again under its tag',
      change: async (infra) => void (await publishBase(infra, 'two')),
      reason: /^base image \S+\/base:1$/,
    },
  ],
  secretIds: [
    {
      what: 'a secret',
      change: editService((service) => (service['secrets'] = [{ id: 'token', env: 'HOME' }])),
      reason: /^secret token \(new\)$/,
    },
  ],
};

const all = Object.values(CASES).flatMap((cases) => (typeof cases === 'string' ? [] : cases));

it.each(all.map((one) => [one.what, one] as const))('%s', async (_, one) => {
  const infra = await lab.freshInfra();
  const base = await publishBase(infra, 'one');
  const dockerfile = join(infra.root, FOLDER, 'Dockerfile.local');
  await writeFile(dockerfile, (await readFile(dockerfile, 'utf8')).replace('FROM ${BASE_IMAGE}', '$& AS run'));
  await append(infra, 'Dockerfile.local', `COPY --from=${base} /version /version\n`);
  const files = { 'app/www/health': 'app\n', 'app/start.sh': 'exec httpd -f -p 8000 -h /srv/app/www\n' };
  await infra.commit({ service: SERVICE, branch: 'main', files, message: 'Have a folder' });
  await build(infra, [SERVICE, '--no-deploy']);
  expect(await build(infra, [SERVICE, '--no-deploy'])).toMatchObject({ built: false, number: 1 });

  await one.change(infra);
  const result = await build(infra, [SERVICE, '--no-deploy']);

  expect(result.reason).toMatch(one.reason);
  expect(result).toMatchObject({ built: true, number: 2 });
});
