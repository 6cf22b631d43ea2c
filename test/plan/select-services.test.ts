import { expect, test } from 'vitest';
import { readPatterns, selectServices } from '../../src/plan/select-services.ts';

const SERVICES = ['xgen-frontend', 'xgen-core', 'xgen-workflow', 'api.v2'];

test.each<[only: string, except: string, expected: readonly string[]]>([
  ['', '', SERVICES],
  ['xgen-core', '', ['xgen-core']],
  ['xgen-workflow, xgen-core', '', ['xgen-core', 'xgen-workflow']],
  ['xgen-*', 'xgen-frontend', ['xgen-core', 'xgen-workflow']],
  ['', '*-core,*flow', ['xgen-frontend', 'api.v2']],
  ['xgen-c?re', '', ['xgen-core']],
  ['api.v2', '', ['api.v2']],
])('--only "%s" --except "%s" leaves %j', (only, except, expected) => {
  expect(selectServices(SERVICES, { only: readPatterns(only), except: readPatterns(except) })).toEqual(expected);
});

test.each<[only: string, except: string, message: RegExp]>([
  ['xgen-cor', '', /--only .*xgen-cor.* is no service/],
  ['', 'api-v2', /--except .*api-v2.* is no service/],
  ['apixv2', '', /is no service/],
  ['xgen-core', 'xgen-*', /leave no service/],
])('--only "%s" --except "%s" is refused', (only, except, message) => {
  const select = () => selectServices(SERVICES, { only: readPatterns(only), except: readPatterns(except) });
  expect(select).toThrow(message);
});

test('says which one was probably meant', () => {
  const select = () => selectServices(SERVICES, { only: ['xgen-cor'], except: [] });
  expect(select).toThrow(
    expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/did you mean xgen-core/) }),
  );
});
