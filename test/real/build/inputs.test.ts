import { chmod, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import { errorOf, openBuildLab, outputOf, type BuildLab } from './build-lab.ts';

const { baseImage, engine } = useLab();
const FROM = `FROM ${baseImage}\n`;
let lab: BuildLab;

beforeAll(async () => {
  lab = await openBuildLab(engine.host);
});
afterAll(async () => lab.close());

/** What `find` sees of the context in the image, without the base image's own files. */
async function listContext(directory: string): Promise<string[]> {
  const { image } = await lab.build(directory);
  return (await lab.run(image, ['sh', '-c', 'cd /ctx && find . | sort'])).trim().split('\n');
}

describe('what a build is given', () => {
  test('build arguments, labels and the target stage reach the image', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM.replace('\n', ' AS one\n')}ARG WHO\nRUN echo "hello $WHO" > /who\nFROM one AS two\nRUN exit 3\n`,
    });
    const { image } = await lab.build(directory, {
      target: 'one',
      args: { WHO: 'Jörg & co' },
      labels: { 'org.example.note': 'ä "quoted"' },
    });
    expect(await lab.run(image, ['cat', '/who'])).toBe('hello Jörg & co\n');
    const docker = await lab.engine.docker();
    expect((await docker.getImage(image.id).inspect()).Config.Labels).toMatchObject({
      'org.example.note': 'ä "quoted"',
    });
  });

  test('a secret is there for the step that mounts it and nowhere in the image', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length\nRUN ls -R /run\n`,
    });
    const secrets = [{ id: 'token', read: async () => Buffer.from('s3cret-value') }];
    const { image, progress } = await lab.build(directory, { secrets });
    expect((await lab.run(image, ['cat', '/length'])).trim()).toBe('12');
    expect(outputOf(progress)).not.toContain('s3cret-value');
    expect(await lab.run(image, ['sh', '-c', 'cat /run/secrets/token 2>&1 || true'])).not.toContain('s3cret-value');
  });

  test('a required secret that is not given is an error that names it and the line', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}\nRUN --mount=type=secret,id=token,required cat /run/secrets/token\n`,
    });
    const error = await errorOf(lab.build(directory));
    expect(error).toMatchObject({ code: 'BUILD_FAILED', facts: { secret: 'token', line: 3 } });
    expect(error.message).toContain('needs the secret "token", which is not given (Dockerfile line 3)');
  });

  test('a secret that cannot be read ends the build with its own error', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}RUN --mount=type=secret,id=t,required cat /run/secrets/t\n`,
    });
    const read = async (): Promise<Buffer> => Promise.reject(new Error('the file /ca.pem is not there'));
    const error = await errorOf(lab.build(directory, { secrets: [{ id: 't', read }] }));
    expect(error.message).toContain('the file /ca.pem is not there');
  });

  test('files that .dockerignore names are never sent, at any depth', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}COPY . /ctx\n`,
      '.dockerignore': '# comment\nsub/secret.txt\n**/*.log\nbuild\n!build/keep\nconstructor\n/top\n*.tmp*\n',
      'sub/secret.txt': 's',
      'sub/secret.txt.not': 's',
      'other/sub/secret.txt': 's',
      'a.log': '',
      'deep/er/b.log': '',
      'build/out.js': '',
      'build/keep/this': '',
      constructor: '',
      'top/x': '',
      'deep/top': '',
      'x.tmp1': '',
    });
    expect(await listContext(directory)).toEqual([
      '.',
      './.dockerignore',
      './Dockerfile',
      './build',
      './build/keep',
      './build/keep/this',
      './deep',
      './deep/er',
      './deep/top',
      './other',
      './other/sub',
      './other/sub/secret.txt',
      './sub',
      './sub/secret.txt.not',
    ]);
  });

  test('names that sort unlike their paths, with blanks, line breaks and umlauts, all arrive', async () => {
    const names = [
      'a/b',
      'a-b',
      'a.b',
      'a b/c d',
      'line\nbreak',
      'ümläut/ß',
      '😀',
      '\uFF5E',
      'a/b2/c',
      'quo\'te"s',
      '-rf',
      '[id]/page',
    ];
    const directory = await lab.context({
      Dockerfile: `${FROM}COPY . /ctx\n`,
      ...Object.fromEntries(names.map((name) => [name, name])),
    });
    const { image } = await lab.build(directory);
    const count = await lab.run(image, ['sh', '-c', 'cd /ctx && find . -type f -exec cat {} + | wc -c']);
    const bytes =
      names.reduce((sum, name) => sum + Buffer.byteLength(name), 0) + Buffer.byteLength(`${FROM}COPY . /ctx\n`);
    expect(Number(count)).toBe(bytes);
  });

  test('a file name that is not UTF-8 is sent as it is', async () => {
    const directory = await lab.context({ Dockerfile: `${FROM}COPY . /ctx\nRUN cat /ctx/sub/*\n`, 'sub/ok': '' });
    const name = Buffer.concat([Buffer.from(`${directory}/sub/b`), Buffer.from([0xe4, 0xff]), Buffer.from('.txt')]);
    await writeFile(name, 'latin one');
    const { progress } = await lab.build(directory);
    expect(outputOf(progress)).toContain('latin one');
  });

  test('modes and links are kept, and links are not followed out of the context', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}COPY . /ctx\n`,
      'bin/run.sh': '#!/bin/sh\necho ran\n',
      'to-run': { linkTo: 'bin/run.sh' },
      outside: { linkTo: '/etc/hostname' },
      up: { linkTo: '../../../../etc/passwd' },
      dangling: { linkTo: 'nowhere' },
    });
    await chmod(join(directory, 'bin/run.sh'), 0o755);
    const { image } = await lab.build(directory);
    expect(await lab.run(image, ['/ctx/to-run'])).toBe('ran\n');
    expect(await lab.run(image, ['sh', '-c', 'cd /ctx; for l in outside up dangling; do readlink $l; done'])).toBe(
      '/etc/hostname\n../../../../etc/passwd\nnowhere\n',
    );
  });

  test('COPY through a link inside the context works, and one that leads out finds nothing', async () => {
    const inside = await lab.context({
      Dockerfile: `${FROM}COPY current/app.txt /app.txt\nCOPY file.txt /file.txt\n`,
      current: { linkTo: 'versions/v2' },
      'versions/v2/app.txt': 'v2',
      'versions/v1/app.txt': 'v1',
      'file.txt': { linkTo: 'versions/v1/app.txt' },
    });
    const { image } = await lab.build(inside);
    expect(await lab.run(image, ['cat', '/app.txt', '/file.txt'])).toBe('v2v1');
    const outside = await lab.context({ Dockerfile: `${FROM}COPY leak /leak\n`, leak: { linkTo: '/etc/passwd' } });
    const error = await errorOf(lab.build(outside));
    expect(error.code).toBe('DOCKERFILE_INVALID');
  });

  test('a changed file is seen by the next build, a removed one is gone', async () => {
    const directory = await lab.context({ Dockerfile: `${FROM}COPY . /ctx\n`, one: '1', two: '2', 'sub/three': '3' });
    await lab.build(directory);
    await writeFile(join(directory, 'one'), '1 changed');
    await rm(join(directory, 'two'));
    const { image } = await lab.build(directory);
    expect(await lab.run(image, ['sh', '-c', 'cat /ctx/one; ls /ctx'])).toBe('1 changedDockerfile  one         sub\n');
  });

  test('an unchanged context gives an unchanged image, every step cached, also with new times of files', async () => {
    const directory = await lab.context({ Dockerfile: `${FROM}COPY app /app\nRUN date > /built\n`, app: 'x' });
    const first = await lab.build(directory);
    await utimes(join(directory, 'app'), new Date(0), new Date(0));
    const second = await lab.build(directory);
    expect(second.image.id).toBe(first.image.id);
    // FROM asks the registry each time, and the engine does not always call that cached.
    const again = second.progress.filter((one) => one.kind === 'step' && !one.name.includes('FROM'));
    const ended = again.flatMap((one) => (one.kind === 'step' && one.status !== 'started' ? [one.status] : []));
    expect(ended.filter((status) => status === 'cached')).toHaveLength(2);
    expect(second.image.bases).toEqual([{ image: baseImage, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }]);
  });

  test('without cache, every step runs again and the cache of other builds stays', async () => {
    const other = await lab.context({ Dockerfile: `${FROM}RUN date +%N > /other\n` });
    const directory = await lab.context({ Dockerfile: `${FROM}RUN date +%N > /built\n` });
    const [before, otherBefore] = [await lab.build(directory), await lab.build(other)];
    const fresh = await lab.build(directory, { noCache: true });
    expect(fresh.image.id).not.toBe(before.image.id);
    expect((await lab.build(other)).image.id).toBe(otherBefore.image.id);
  });
});
