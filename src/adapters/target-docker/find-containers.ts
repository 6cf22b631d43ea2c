import type { ContainerInfo } from 'dockerode';
import { RolloutError } from '../../errors/xgen-error.ts';
import type { TargetPlan } from '../../ports/target.ts';
import { COMPOSE, LABEL_PREFIX } from './container-labels.ts';
import { readEngine } from './engine-calls.ts';
import { plainName, type Place } from './place.ts';

/** A new container has the final name with `.next` until it is proven, then `.proven` until the old one is gone. */
export const NEXT = '.next';
export const PROVEN = '.proven';

/** What is needed to tell containers apart. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isRunning: boolean;
  /** Seconds since 1970 by the engine's clock. */
  readonly createdAt: number;
}

export interface StagedContainer extends FoundContainer {
  readonly stage: 'next' | 'proven';
}

/** The containers of one target. */
export interface Found {
  /** The name of the one that counts, also while it is not there. */
  readonly name: string;
  readonly current: FoundContainer | null;
  /** A rollout's new container that has not taken the name yet. */
  readonly staged: StagedContainer | null;
}

/** Reads the containers of a target: by compose's labels, else by name. */
export async function findContainers(place: Place, signal: AbortSignal): Promise<Found> {
  const { target, docker } = place;
  const name = plainName(target).replaceAll('.', String.raw`\.`);
  const filters = [
    { label: [`${COMPOSE.project}=${target.docker.project}`, `${COMPOSE.service}=${target.deployment}`] },
    { name: [`^/?${name}(\\.next|\\.proven)?$`] },
  ];
  const lists = await readEngine(place, signal, async (abortSignal) =>
    Promise.all(filters.map(async (filter) => docker.listContainers({ all: true, filters: filter, abortSignal }))),
  );
  return chooseContainers(target, lists.flat().map(toFound));
}

/**
 * Tells which of the containers counts and which is a rollout's. Throws ROLLOUT_FAILED where compose runs several of
 * one service: which of them to replace is not ours to guess.
 */
export function chooseContainers(target: TargetPlan, containers: readonly FoundContainer[]): Found {
  const distinct = [...new Map(containers.map((container) => [container.id, container])).values()];
  const staged = distinct.flatMap(toStaged);
  const others = distinct.filter(({ id, labels }) => !isStaged(staged, id) && labels[COMPOSE.oneOff] !== 'True');
  const composed = others.filter(({ labels }) => isComposed(target, labels));
  if (composed.length > 1) throw severalContainers(target, composed);
  const current = composed[0] ?? others.find(({ name }) => name === plainName(target)) ?? null;
  // The proven one goes first: it has won already.
  const first = staged.find(({ stage }) => stage === 'proven') ?? staged[0] ?? null;
  const name = current?.name ?? first?.name.replace(/\.(?:next|proven)$/, '') ?? plainName(target);
  return { name, current, staged: first };
}

function toFound(info: ContainerInfo): FoundContainer {
  // Links add names of the form /other/alias; the container's own has one slash.
  const own = info.Names.find((name) => name.lastIndexOf('/') === 0) ?? info.Names[0] ?? '';
  return {
    id: info.Id,
    name: own.replace(/^\//, ''),
    labels: info.Labels ?? {},
    isRunning: info.State === 'running' || info.State === 'restarting' || info.State === 'paused',
    createdAt: info.Created,
  };
}

function toStaged(container: FoundContainer): StagedContainer[] {
  if (container.labels[`${LABEL_PREFIX}owner`] === undefined) return [];
  if (container.name.endsWith(NEXT)) return [{ ...container, stage: 'next' }];
  return container.name.endsWith(PROVEN) ? [{ ...container, stage: 'proven' }] : [];
}

function isStaged(staged: readonly StagedContainer[], id: string): boolean {
  return staged.some((container) => container.id === id);
}

function isComposed(target: TargetPlan, labels: FoundContainer['labels']): boolean {
  return labels[COMPOSE.project] === target.docker.project && labels[COMPOSE.service] === target.deployment;
}

function severalContainers(target: TargetPlan, containers: readonly FoundContainer[]): RolloutError {
  const names = containers.map(({ name }) => name);
  return new RolloutError({
    code: 'ROLLOUT_FAILED',
    message: `${target.env}: compose runs ${String(names.length)} containers of ${target.deployment} (${names.join(', ')}), and only one can be replaced`,
    hint: `scale it down: docker compose -p ${target.docker.project} up -d --no-recreate --scale ${target.deployment}=1`,
    facts: { env: target.env, containers: names.length },
  });
}
