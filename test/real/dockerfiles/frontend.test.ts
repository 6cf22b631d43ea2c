import { describe } from 'vitest';
import { expectKind } from './kind.ts';

describe('a Next.js service', () => {
  expectKind({
    service: 'xgen-frontend',
    uid: 1001,
    edit: { file: 'app/page.jsx', from: '<h1>xgen</h1>', to: '<h1>xgen platform</h1>' },
    dependencySteps: ['npm ci --no-audit'],
    without: ['python3', 'next'],
  });
});
