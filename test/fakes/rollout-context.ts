import { RULES } from '../../src/healing/rules.ts';
import type { StageContext } from '../../src/pipeline/context.ts';
import { createClock } from '../../src/adapters/clock.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import type { BuildEventBody } from '../../src/ports/events.ts';
import type { Registries } from '../../src/ports/registry.ts';
import type { BuildParameters } from '../../src/ports/result.ts';
import type { Sources } from '../../src/ports/sources.ts';
import type { Store } from '../../src/ports/store.ts';
import type { RolloutTarget, TargetPlan } from '../../src/ports/target.ts';
import { CLAIMED } from './scripted-store.ts';
import { silentLogger } from './silent-logger.ts';
import { targetPlan } from './target-plan.ts';
import { PARAMETERS } from './build-parameters.ts';
import { unexpectedUpkeep } from './unexpected-upkeep.ts';

export interface RolloutParts {
  readonly target: RolloutTarget;
  readonly store: Store;
  readonly registries?: Registries;
  readonly sources?: Partial<Sources>;
  readonly signal?: AbortSignal;
}

/** The context of a claimed build that only rolls out; what it emitted is in `events`. */
export function rolloutContext(parts: RolloutParts): { context: StageContext; events: BuildEventBody[] } {
  const events: BuildEventBody[] = [];
  const unexpected = (what: string) => () => Promise.reject(new Error(`${what} was not expected`));
  const sources: Sources = {
    resolve: unexpected('resolve'),
    checkout: unexpected('checkout'),
    commitsBetween: () => Promise.resolve(null),
    prepare: () => undefined,
    tidyCache: () => Promise.resolve([]),
    resolveAhead: () => ({ asked: Promise.resolve(), tip: Promise.reject(new Error('resolveAhead was not expected')) }),
    infraState: () => Promise.resolve({ commit: 'a'.repeat(40), dirty: false }),
    ...parts.sources,
  };
  const context: StageContext = {
    ports: {
      clock: quickClock(),
      logger: silentLogger,
      redactor: {
        add: () => undefined,
        redact: (text) => text,
        redactData: (data) => data,
        stream: () => ({ write: (chunk) => chunk, end: () => '' }),
      },
      credentials: {
        require: (id) => Promise.resolve({ username: 'reader', password: 'secret', from: `test ${id}` }),
        find: () => Promise.resolve(null),
      },
      sources,
      rules: RULES,
      upkeep: unexpectedUpkeep,
      builder: {
        info: unexpected('info'),
        inspectLocal: unexpected('inspectLocal'),
        build: unexpected('build'),
        removeLeftovers: unexpected('removeLeftovers'),
      },
      registries: parts.registries ?? {
        open: () => {
          throw new Error('no registry was expected');
        },
        openHost: () => {
          throw new Error('no registry was expected');
        },
      },
      store: parts.store,
      readSecret: unexpected('readSecret'),
      targets: () => parts.target,
    },
    build: CLAIMED,
    startedBy: 'jiwon@ci-7',
    emit: (event) => events.push(event),
    signal: parts.signal ?? new AbortController().signal,
  };
  return { context, events };
}

/** Waiting passes at once, and as much time with it. */
function quickClock(): StageContext['ports']['clock'] {
  const clock = createClock();
  let slept = 0;
  return {
    now: () => new Date('2026-03-09T05:00:00Z'),
    monotonicMs: () => clock.monotonicMs() + slept,
    sleep: async (ms, signal) => {
      slept += ms;
      await clock.sleep(0, signal);
    },
  };
}

/** A plan of xgen-core for main with targets in the order of their environments. */
export function rolloutPlan(
  targets: readonly Partial<TargetPlan>[] = [{}],
  changes: { parameters?: Partial<BuildParameters>; excluded?: BuildPlan['excluded'] } = {},
): BuildPlan {
  const plans = targets.map((target) => targetPlan(target));
  return {
    service: 'xgen-core',
    site: 'main',
    source: { url: 'https://git.test/xgen/xgen-core.git', branch: 'main', credentialId: null, submodules: false },
    infraRoot: '/infra',
    overlay: { dockerfile: 'dockerfiles/xgen-core/Dockerfile' },
    build: {
      context: '.',
      arch: 'amd64',
      platform: 'linux/amd64',
      target: null,
      args: {},
      secrets: [],
      pull: true,
      noCache: false,
    },
    image: {
      registry: { host: 'registry.test', apiHost: 'registry.test', pullHost: 'registry.test', credentialId: null },
      repository: 'xgen/main/xgen-core',
      movingTag: 'latest-amd64',
      numberFloor: 1,
      number: null,
    },
    targets: plans,
    excluded: changes.excluded ?? [],
    parameters: { ...PARAMETERS, env: plans.map(({ env }) => env), ...changes.parameters },
    warnings: [],
  };
}
