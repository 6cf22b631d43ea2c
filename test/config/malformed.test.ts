import { describe, expect, it } from 'vitest';
import { errorOf, faultsOf, GOOD, load, makeInfraRoot } from './infra-root.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
const mergeBomb = ['a0: &a0 {x: 1}'];
for (let level = 1; level < 30; level += 1) {
  const nine = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
  bomb.push(`a${level}: &a${level} [${nine}]`);
  mergeBomb.push(`a${level}: &a${level}\n  <<: [${nine}]`);
}

const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['an empty file', '', 'config/services.yaml: the file is empty; expected a mapping of keys'],
  ['comments only', '# nothing\n', 'config/services.yaml: the file is empty; expected a mapping of keys'],
  ['a list', '- a\n', 'config/services.yaml: expected a mapping of keys, found a list'],
  ['plain text', 'services\n', 'config/services.yaml: expected a mapping of keys, found a scalar'],
  [
    'two documents',
    `${GOOD.services}---\nservices: {}\n`,
    'config/services.yaml:5:1: a second document begins here ("---"); the file holds one',
  ],
  ['tabs', 'services:\n\ta: 1\n', 'config/services.yaml:2:1: a tab is used to indent; YAML takes spaces only'],
  ['an open quote', 'services:\n  a: "x\n', 'config/services.yaml:3:1: not valid YAML: Missing closing "quote'],
  ['an unknown alias', 'services: *none\n', 'config/services.yaml:1:11 services: there is no anchor "&none" above'],
  ['an alias of itself', 'services: &s\n  a: *s\n', 'config/services.yaml:2:6 services.a: "*s" holds itself'],
  ['a bomb of aliases', bomb.join('\n'), 'its aliases ("*name") stand for more than 50,000 parts'],
  ['a bomb of merge keys', mergeBomb.join('\n'), 'its aliases ("*name") stand for more than 50,000 parts'],
  ['many open brackets', `services: ${'['.repeat(20_000)}`, 'nested too deeply'],
  ['deep nesting', `services: ${'{a: '.repeat(60)}1${'}'.repeat(60)}`, 'nested deeper than 40 levels'],
  ['a tag', 'services: !!js/function "x"\n', 'config/services.yaml:1:11: a YAML tag ("!…") is not used here'],
  [
    'a merge of text',
    'services:\n  <<: x\n',
    'config/services.yaml:2:3 services."<<": "<<" takes a mapping or a list of them',
  ],
  ['a key that is a list', 'services:\n  [a, b]: x\n', 'config/services.yaml:2:3 services: a key must be plain text'],
  ['a key __proto__', 'services:\n  __proto__: {a: 1}\n', 'services.__proto__: this key is not allowed'],
  ['UTF-16', Buffer.from('\uFEFFservices: {}', 'utf16le'), 'the file is UTF-16; save it as UTF-8'],
  ['broken UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x80]), 'the file is not UTF-8; save it as UTF-8'],
  ['a huge file', '#'.repeat(1_100_000), 'the file is larger than 1 MiB'],
];

describe('malformed YAML', () => {
  it.each(cases)('says what is wrong with %s', async (_, text, fault) => {
    expect((await faultsOf({ services: text })).join('\n')).toContain(fault);
  });

  it('takes a duplicate key for an error, at any depth and through any spelling', async () => {
    const services = GOOD.services.replace('port: 8000', 'port: 8000, "port": 8001');
    expect(await faultsOf({ services })).toEqual([
      expect.stringMatching(/^config\/services\.yaml:3:\d+ services\.xgen-core\.port: the same key is there twice$/),
    ]);
  });

  it('says what is wrong in all three files at once', async () => {
    const faults = await faultsOf({ project: '\tx', services: '', environments: '- a' });
    expect(faults.map((line) => line.split(':')[0])).toEqual([
      'config/project.yaml',
      'config/services.yaml',
      'config/environments.yaml',
    ]);
  });

  it('goes on to the keys of a file that has a duplicate one', async () => {
    const services = GOOD.services.replace('port: 8000', 'port: 8000, port: 8001').replace('port: 3000', 'port: 0');
    expect((await faultsOf({ services })).map((line) => line.split(' ').slice(1).join(' '))).toEqual([
      'services.xgen-core.port: the same key is there twice',
      'services.xgen-frontend.port: expected a whole number from 1 to 65535',
    ]);
  });

  it('does not let a key repaint the terminal', async () => {
    const faults = await faultsOf({ services: 'services: {}\n"\\e[2Jx": 1\n' });
    expect(faults).toEqual([String.raw`config/services.yaml:2:1 "\u001b[2Jx": unknown key; known here: services`]);
  });
});

describe('a byte order mark of UTF-8', () => {
  it('is dropped, and the places are those without it', async () => {
    expect((await load({ services: `\uFEFF${GOOD.services}` })).services).toHaveProperty('xgen-core');
    expect(await faultsOf({ services: '\uFEFFservice: {}' })).toEqual([
      'config/services.yaml:1:1 service: unknown key, did you mean "services"?',
    ]);
  });
});

describe('files that are not there', () => {
  it('names the folder and the option', async () => {
    const error = await errorOf(loadConfiguration('/nowhere/config'));
    expect(error).toMatchObject({ code: 'CONFIG_MISSING', exitCode: 2, message: 'there is no folder /nowhere/config' });
    expect(error.hint).toContain('--config DIR');
  });

  it('says so of a folder without any of them', async () => {
    const { root } = await makeInfraRoot();
    expect(await errorOf(loadConfiguration(root))).toMatchObject({ code: 'CONFIG_MISSING' });
  });

  it('names a missing file among the other faults, and the file that was meant', async () => {
    const { root, configDir } = await makeInfraRoot({ services: null, environments: 'x: 1' });
    await mkdir(join(configDir, 'services.yml'));
    const error = await errorOf(loadConfiguration(configDir));
    expect(error.code).toBe('CONFIG_MISSING');
    expect(error.evidence).toContain('config/services.yaml: the file is missing, did you mean "services.yml"?');
    expect(error.evidence).toHaveLength(3);
    await rm(root, { recursive: true });
  });

  it('says so of a folder in the place of a file, and of a file in the place of the folder', async () => {
    const { configDir } = await makeInfraRoot({ services: null });
    await mkdir(join(configDir, 'services.yaml'));
    expect((await errorOf(loadConfiguration(configDir))).evidence).toEqual([
      'config/services.yaml: is a folder, not a file',
    ]);
    expect((await errorOf(loadConfiguration(join(configDir, 'project.yaml')))).message).toContain('is not a folder');
  });
});
