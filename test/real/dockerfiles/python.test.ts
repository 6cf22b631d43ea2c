import { describe } from 'vitest';
import { expectKind } from './kind.ts';

describe('a Python service (FastAPI)', () => {
  expectKind({
    service: 'xgen-core',
    uid: 1000,
    edit: { file: 'main.py', from: 'there is no such session', to: 'no session has this id' },
    dependencySteps: ['install -r /tmp/requirements.txt'],
    without: ['pnpm', 'node'],
  });
});
