import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { healthOf } from './health.js';

test('shows site and commit', () => {
  deepEqual(healthOf({ APP_SITE: 'lotteimall', APP_COMMIT: '5d6e7f8' }), {
    service: 'xgen-frontend',
    status: 'ok',
    site: 'lotteimall',
    commit: '5d6e7f8',
  });
});

test('does without an image', () => {
  deepEqual(healthOf({}), { service: 'xgen-frontend', status: 'ok', site: '', commit: '' });
});
