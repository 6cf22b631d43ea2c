import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/adapters/redaction/redactor.ts';
import { createGate, gateOf } from '../../src/composition/without-secrets.ts';

const SECRET = 'glpat-Zk3xYt9QwLmN7rBv';

function knowing(): ReturnType<typeof createGate> {
  const redactor = createRedactor();
  redactor.add(SECRET);
  return createGate(redactor);
}

describe('what a command ends with', () => {
  it('holds no secret, as text or as JSON', () => {
    const outcome = knowing().outcome({ exitCode: 1, text: `a ${SECRET}\n`, json: { rows: [{ why: SECRET }] } });
    expect(outcome).toEqual({ exitCode: 1, text: 'a ***\n', json: { rows: [{ why: '***' }] } });
  });

  it('holds no secret where it is an error of any kind', () => {
    const report = { code: 'INTERNAL', message: `got ${SECRET}`, stage: null, hint: null, evidence: [SECRET] } as const;
    expect(knowing().report(report)).toMatchObject({ message: 'got ***', evidence: ['***'] });
  });

  it('stays as it is where nothing was composed', async () => {
    const outcome = { exitCode: 0, text: 'x\n', json: undefined } as const;
    const gate = await gateOf(null);
    expect(gate.outcome(outcome)).toBe(outcome);
    expect(await gateOf(Promise.reject(new Error('broken')))).toBeDefined();
  });
});
