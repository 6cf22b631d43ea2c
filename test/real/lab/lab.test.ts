import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { commandLines } from '../../lab/command-lines.ts';
import { useLab } from '../../lab/use-lab.ts';
import { startLab } from '../../lab/lab.ts';
import { recordedNames, readRecord } from '../../lab/processes.ts';

const run = promisify(execFile);

it('has registries that ask for a login, and one that does not', async () => {
  const { registries } = useLab();
  const status = async (host: string, login?: string): Promise<number> => {
    const headers = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
    return (await fetch(`http://${host}/v2/`, { headers })).status;
  };
  const { nexus, aww, local } = registries;
  expect(await status(nexus.host)).toBe(401);
  expect(await status(nexus.host, `${nexus.username}:${nexus.password}`)).toBe(200);
  expect(await status(aww.host, `${nexus.username}:${nexus.password}`)).toBe(401);
  expect(await status(aww.host, `${aww.username}:${aww.password}`)).toBe(200);
  expect(await status(local.host)).toBe(200);
});

it('gives every infra repositories with a branch for each site', async () => {
  const infra = await useLab().freshInfra();
  const commit = await infra.commit({
    service: 'xgen-core',
    branch: 'lotteimall',
    files: { 'a "name"\nwith everything ü': 'x', 'README.md': null },
    message: 'Change something',
  });
  const { git, directory } = useLab();
  const url = new URL(`${git.url}/${infra.group}/xgen-core.git`);
  url.username = encodeURIComponent(git.username);
  url.password = encodeURIComponent(git.password);
  const clone = `${directory}/clone-${infra.project}`;
  await run('git', ['clone', '--quiet', '--branch', 'lotteimall', url.href, clone]);
  expect((await run('git', ['-C', clone, 'rev-parse', 'HEAD'])).stdout.trim()).toBe(commit);
  expect(readdirSync(clone)).toEqual(['.git', 'a "name"\nwith everything ü', 'start.sh', 'www']);
  const branches = await run('git', ['-C', clone, 'branch', '--remotes', '--format=%(refname:short)']);
  expect(branches.stdout).toMatch(/origin\/aww\n.*origin\/lotteimall\norigin\/main/s);
});

it('leaves nothing of itself, not even after its engine crashed under a running container', async () => {
  const lab = await startLab();
  const name = lab.description.network.bridge;
  const [repository, tag] = ['127.0.0.1', lab.baseImage.split(':').slice(1).join(':')];
  await lab.engine.api('POST', `/images/create?fromImage=${repository}:${tag}`);
  const created = (await lab.engine.api('POST', '/containers/create?name=sleeper', {
    Image: lab.baseImage,
    Cmd: ['sleep', '1000'],
  })) as { Id: string };
  await lab.engine.api('POST', `/containers/${created.Id}/start`);
  await lab.engine.api('POST', '/networks/create', { Name: 'another' });
  await lab.engine.kill();
  const pids = recordedNames(lab.directory).map((process) => readRecord(lab.directory, process)?.pid);
  expect(pids.length).toBeGreaterThanOrEqual(4);

  await lab.close();

  expect(existsSync(lab.directory)).toBe(false);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(lab.directory);
  const { subnet, pool } = lab.description.network;
  const addresses = (await run('ip', ['-4', 'addr'])).stdout;
  for (const network of [subnet, pool])
    expect(addresses).not.toContain(` ${network.split('.').slice(0, 3).join('.')}.`);
  expect(commandLines().filter((line) => line.includes(lab.directory))).toEqual([]);
  expect(existsSync(`/sys/fs/cgroup/${name}`) || existsSync(`/sys/fs/cgroup/memory/${name}`)).toBe(false);
});
