import { randomUUID } from 'node:crypto';
import type { EngineTurn, TurnRequest } from '../../ports/upkeep.ts';
import { messageOf, XgenError } from '../../errors/xgen-error.ts';
import { blockersOfShare, blockersOfTicket, createDeathWatch, nextTicket, type KeptIntent } from './intents.ts';
import { announce, listIntents, removeIntent, type Announced, type TurnParts } from './turn-volumes.ts';

const FIRST_POLL_MS = 50;
const SLOWEST_POLL_MS = 1_000;

/**
 * A build says that it is there and then looks whether somebody wants the engine alone; one that wants it alone says so
 * and then looks whether builds are there. Whichever comes second sees the other. Those who want it alone take tickets
 * (Lamport's bakery), so each gets its turn in order.
 */
export async function shareEngine(parts: TurnParts, request: TurnRequest): Promise<EngineTurn> {
  const wait = createWait(parts, request);
  const id = randomUUID();
  for (;;) {
    const share = await tryToAnnounce(parts, { id, request });
    if (share === null) return NO_TURN;
    try {
      const blockers = await wait.living((intents) => blockersOfShare(id, intents));
      if (blockers.length === 0) return turnOf(parts, share);
      await share.withdraw();
      await wait.until((intents) => blockersOfShare(id, intents));
    } catch (error) {
      await share.withdraw();
      throw error;
    }
  }
}

/** A build does not fail because its turn cannot be written down; then nothing may be pruned beside it either way. */
async function tryToAnnounce(
  parts: TurnParts,
  { id, request }: { id: string; request: TurnRequest },
): Promise<Announced | null> {
  try {
    return await announceShare(parts, { id, ticket: 0, who: request.who }, request.signal);
  } catch (error) {
    if (!(error instanceof XgenError) || error.code === 'ENGINE_UNREACHABLE') throw error;
    parts.logger.warn({ error: messageOf(error) }, 'the engine does not let this build be announced to others');
    return null;
  }
}

/** With a reserve, so that a build that fails on a full disk can still say that it wants to make room. */
async function announceShare(
  parts: TurnParts,
  wanted: { id: string; ticket: number; who: string },
  signal: AbortSignal,
): Promise<Announced> {
  const share = await announce(parts, { ...wanted, kind: 'share' }, signal);
  const reserve = announce(parts, { ...wanted, kind: 'reserve' }, signal).catch(() => null);
  return {
    withdraw: async () => void (await Promise.all([share.withdraw(), reserve.then((held) => held?.withdraw())])),
  };
}

const ROOM_TRIES = 10;
const ROOM_PAUSE_MS = 300;

/** What was freed for it may be taken by others for a moment. */
async function announceAtLast(
  parts: TurnParts,
  intent: Parameters<typeof announce>[1],
  signal: AbortSignal,
): Promise<Announced> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await announce(parts, intent, signal);
    } catch (error) {
      const isRefusal = error instanceof XgenError && error.code === 'BUILDER_FAILED';
      if (!isRefusal || tried === ROOM_TRIES) throw error;
      await parts.clock.sleep(ROOM_PAUSE_MS, signal);
    }
  }
}

const NO_TURN: EngineTurn = { letOthersIn: () => Promise.resolve(), release: () => Promise.resolve() };

export async function takeEngineAlone(parts: TurnParts, request: TurnRequest): Promise<EngineTurn> {
  const { who, signal } = request;
  const id = randomUUID();
  const wait = createWait(parts, request);
  const choosing = await announceAtLast(parts, { id, kind: 'choosing', ticket: 0, who }, signal);
  let held: Announced | null = null;
  try {
    const ticket = nextTicket(await listIntents(parts.engine, signal));
    held = await announceAtLast(parts, { id, kind: 'ticket', ticket, who }, signal);
    await choosing.withdraw();
    await wait.until((intents) => blockersOfTicket({ id, ticket }, intents));
    return turnOf(parts, held, { id, request });
  } catch (error) {
    await Promise.all([choosing.withdraw(), held?.withdraw()]);
    throw error;
  }
}

function turnOf(parts: TurnParts, first: Announced, alone?: { id: string; request: TurnRequest }): EngineTurn {
  let held = first;
  return {
    async letOthersIn() {
      if (alone === undefined) return;
      // Announced before the ticket goes, so that the next one to have the engine alone sees it.
      const share = await tryToAnnounce(parts, alone);
      await held.withdraw();
      if (share !== null) held = share;
    },
    release: () => held.withdraw(),
  };
}

type Blockers = (intents: readonly KeptIntent[]) => readonly KeptIntent[];

function createWait(parts: TurnParts, { signal, onWait }: TurnRequest) {
  const { engine, clock } = parts;
  const watch = createDeathWatch(() => clock.monotonicMs());

  /** Those in the way that live; what the dead left is removed. */
  async function living(blockers: Blockers): Promise<readonly KeptIntent[]> {
    const intents = await listIntents(engine, signal);
    const dead = intents.filter((intent) => watch.isDead(intent));
    await Promise.all(dead.map((intent) => removeIntent(parts, intent.volume)));
    return blockers(intents.filter((intent) => !dead.includes(intent)));
  }

  return {
    living,
    async until(blockers: Blockers): Promise<void> {
      let told = '';
      for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(SLOWEST_POLL_MS, pauseMs * 1.5)) {
        const left = await living(blockers);
        if (left.length === 0) return;
        const forWhom = [...new Set(left.map(({ who }) => who))].join(', ');
        if (forWhom !== told) onWait(forWhom);
        told = forWhom;
        await clock.sleep(pauseMs, signal);
      }
    },
  };
}
