import { describe } from 'vitest';
import { expectKind } from './kind.ts';

describe('an MCP server in Python that starts tools of Node.js', () => {
  expectKind({
    service: 'xgen-mcp-station',
    uid: 1000,
    edit: { file: 'xgen_mcp_station/main.py', from: 'Hands a call on', to: 'Hands one call on' },
    dependencySteps: ['install uv', 'npm ci --omit=dev', '/tmp/requirements.txt /tmp/pyproject.toml'],
    without: [],
  });
});
