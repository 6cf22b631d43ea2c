import type { DoctorPorts } from '../../src/commands/doctor-examinations.ts';
import { CredentialError } from '../../src/errors/xgen-error.ts';
import { createRedactor } from '../../src/adapters/redaction/redactor.ts';
import type { SourceRef } from '../../src/ports/sources.ts';
import { scriptedTarget, type TargetScript } from './scripted-target.ts';
import { taggedRegistries } from './tagged-registries.ts';

/** What fails; what is left out goes well. */
export interface DoctorScript {
  readonly engine?: Error;
  /** `docker 20.10.24` by default. */
  readonly engineVersion?: string;
  readonly source?: Error;
  /** By the registry's host. */
  readonly ping?: Readonly<Record<string, Error>>;
  /** CredentialIds for which there is no login. */
  readonly missing?: readonly string[];
  readonly secret?: Error;
  readonly targets?: Readonly<Record<string, TargetScript>>;
}

export interface ScriptedDoctorPorts {
  readonly ports: DoctorPorts;
  /** Hosts that were logged in to, sources that were asked for, environments that were read. */
  readonly asked: { readonly registries: string[]; readonly sources: SourceRef[]; readonly targets: string[] };
}

export const PASSWORD = 'a-password-nobody-shows';

/** The outside world of the doctor in memory. What it has no business with throws. */
export function doctorPorts(script: DoctorScript = {}): ScriptedDoctorPorts {
  const asked: ScriptedDoctorPorts['asked'] = { registries: [], sources: [], targets: [] };
  const unexpected = () => Promise.reject(new Error('the doctor changes nothing'));
  const redactor = createRedactor();
  redactor.add(PASSWORD);
  const { target } = scriptedTarget(script.targets);
  return {
    asked,
    ports: {
      redactor,
      builder: {
        info: () =>
          settle(script.engine, {
            version: script.engineVersion ?? 'docker 20.10.24',
            endpoint: 'unix:///run/docker.sock',
            arch: 'amd64',
            isInsecure: () => Promise.resolve(false),
          }),
        inspectLocal: unexpected,
        build: unexpected,
        removeLeftovers: unexpected,
      },
      credentials: {
        require: (id) =>
          settle(script.missing?.includes(id) === true ? missing(id) : undefined, {
            username: 'ci',
            password: PASSWORD,
            from: `environment of ${id}`,
          }),
        find: () => Promise.resolve(null),
      },
      readSecret: () => settle(script.secret, Buffer.from(PASSWORD)),
      registries: {
        open: ({ host }) => ({
          ...taggedRegistries({}).openHost(host),
          ping: () => {
            asked.registries.push(host);
            return settle(script.ping?.[host], undefined);
          },
        }),
        openHost: () => taggedRegistries({}).openHost(''),
      },
      sources: {
        resolve: (source) => {
          asked.sources.push(source);
          return settle(script.source, 'c'.repeat(40));
        },
        checkout: unexpected,
        commitsBetween: unexpected,
        prepare: () => undefined,
        tidyCache: () => Promise.resolve([]),
        resolveAhead: () => ({ asked: Promise.resolve(), tip: unexpected() }),
        infraState: unexpected,
      },
      targets: () => ({
        ...target,
        inspect: (plan, signal) => {
          asked.targets.push(plan.env);
          return target.inspect(plan, signal);
        },
        recover: unexpected,
      }),
    },
  };
}

function missing(id: string): Error {
  return new CredentialError({
    code: 'CREDENTIAL_MISSING',
    message: `there is no login for credentialId "${id}"`,
    hint: `set the login of ${id}`,
  });
}

function settle<T>(failure: Error | undefined, value: T): Promise<T> {
  return failure === undefined ? Promise.resolve(value) : Promise.reject(failure);
}
