import { describe } from 'vitest';
import { expectKind } from './kind.ts';

describe('a Rust service (Axum)', () => {
  expectKind({
    service: 'xgen-backend-gateway',
    uid: 1000,
    edit: { file: 'src/main.rs', from: '("tools", "xgen-mcp-station")', to: '("tool", "xgen-mcp-station")' },
    dependencySteps: ['cargo fetch --locked'],
    without: ['python3', 'node', 'npm'],
  });
});
