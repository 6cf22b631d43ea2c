import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { commandLines } from '../../lab/command-lines.ts';
import { attachLab, type LabDescription } from '../../lab/lab.ts';
import { useClusters } from '../../lab/use-lab.ts';

it('has two clusters that run pods of images from the registries, and know nothing of each other', async () => {
  const { dev, prd } = useClusters();
  const nodes = await Promise.all(
    [dev, prd].map((cluster) => cluster.kubectl(['get', 'nodes', '--output', 'jsonpath={.items[*].metadata.name}'])),
  );
  expect(nodes.map((run) => run.stdout)).toEqual(['dev-node', 'prd-node']);
  expect(readFileSync(dev.caFile, 'utf8')).not.toBe(readFileSync(prd.caFile, 'utf8'));
  const other = await dev.kubectl(['--server', prd.server, 'get', 'nodes']);
  expect(other.exitCode).toBe(1);
  expect(other.stderr).toContain('certificate');
});

it('leaves nothing of its clusters, not even when it was killed while pods ran', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('lab-process.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const lab = attachLab(JSON.parse(line) as LabDescription);
  const { directory } = lab;
  const name = lab.description.network.bridge;
  for (const cluster of Object.values(lab.clusters)) {
    const image = `--image=${lab.baseImage}`;
    expect((await cluster.kubectl(['create', 'deployment', 'sleeper', image, '--', 'sleep', '1000'])).stderr).toBe('');
    const ready = ['wait', '--for=condition=Available', 'deployment/sleeper', '--timeout=60s'];
    expect((await cluster.kubectl(ready)).stdout).toContain('condition met');
  }
  expect(commandLines().filter((words) => words.includes(directory)).length).toBeGreaterThan(15);
  expect(links()).toContain(`${name}-prd`);

  child.kill('SIGKILL');
  while (existsSync(directory)) await sleep(50);

  // Whoever removed the folder ends a moment after it.
  await expect.poll(() => commandLines().filter((words) => words.includes(directory)), { timeout: 10_000 }).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(directory);
  expect(links()).not.toContain(name);
  expect(readdirSync('/sys/fs/cgroup').filter((root) => existsSync(`/sys/fs/cgroup/${root}/${name}`))).toEqual([]);
  expect(existsSync(`/sys/fs/cgroup/${name}`)).toBe(false);
});

function links(): string {
  return execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' });
}
