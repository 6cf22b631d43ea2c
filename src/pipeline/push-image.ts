import type { BuildPlan } from '../plan/build-plan.ts';
import { StoreError } from '../errors/xgen-error.ts';
import type { BuildFacts } from '../ports/store.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { bytesText } from '../values/size.ts';
import { formatImage, shortDigest, type Digest } from '../values/image-reference.ts';
import type { CheckedBuild } from './check.ts';
import type { Healer } from './heal.ts';
import type { LabeledImage, MadeImage } from './make-image.ts';
import { push, type PushResult } from './push.ts';
import type { SessionContext } from './session.ts';
import { runStage } from './stage.ts';

/** The push stage. */
export async function pushImage(order: {
  plan: BuildPlan;
  context: SessionContext;
  checked: CheckedBuild;
  made: MadeImage;
  healer: Healer;
}): Promise<PushResult> {
  const { plan, context, checked, made, healer } = order;
  const { ports, note } = context;
  return runStage(context, 'push', async () => {
    const { registry } = plan.image;
    const use = { kind: 'registry', host: registry.host } as const;
    let current: LabeledImage = made;
    const written = new Set<Digest>();
    let tries = 0;
    let isGone = false;
    checked.requests.stage = 'push';
    const pushed = await healer.heal({
      stage: 'push',
      ask: async () => askForLimit(plan, checked.client, context.signal),
      run: async (mode) => {
        const isRetry = tries > 0;
        tries += 1;
        if (mode.rebuild || isGone) {
          isGone = true;
          await current.image.remove();
          current = await made.rebuild(mode);
          isGone = false;
        }
        const { credentialId } = registry;
        const login = credentialId === null ? null : await ports.credentials.require(credentialId, use);
        return push({
          plan,
          context,
          client: checked.client,
          login,
          number: made.number,
          written,
          isRetry,
          ...current,
        });
      },
    });
    const { number, digest } = pushed;
    note({ number, digest, image: formatImage(pushed.image), buildImage: formatImage(pushed.buildImage) });
    // Together: what a record says of both is true of one image.
    const { sizeBytes } = current.image;
    await recordPushed(context, { digest, fingerprint: current.fingerprint, sizeBytes });
    return {
      value: pushed,
      detail: [healer.told('push'), pushDetail(pushed)].filter((text) => text !== '').join(' · '),
    };
  });
}

/** A state that cannot be written loses no image that was pushed: the result says so and stands. */
async function recordPushed({ ports, build, emit }: SessionContext, facts: BuildFacts): Promise<void> {
  try {
    await ports.store.recordFacts(build, facts);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    emit({
      kind: 'warning',
      stage: 'push',
      message: `what was pushed could not be noted in the state: ${error.message}`,
    });
  }
}

/** A registry that limits requests says to this program, not through the engine, how long it wants to be left alone. */
async function askForLimit({ image }: BuildPlan, client: RegistryClient, signal: AbortSignal): Promise<void> {
  await client.headManifest(image.repository, image.movingTag, signal);
}

/** The moving tag, or why it is not on this image: never said to be where it is not. */
function movingText({ image, movingTag }: PushResult): string {
  const tag = image.tag ?? '';
  return movingTag.status === 'moved' ? tag : `${tag} stays on the newer b${String(movingTag.number)}`;
}

function pushDetail(pushed: PushResult): string {
  const tags = [pushed.buildImage.tag, movingText(pushed)].join(', ');
  const digest = `sha256:${shortDigest(pushed.digest)}…`;
  if (pushed.adopted) return `${tags} · ${digest} · was pushed before the crash`;
  const { layersPushed, layersTotal, bytesPushed } = pushed;
  if (layersPushed === 0) return `${tags} · ${digest} · all ${String(layersTotal)} layers were there`;
  return `${tags} · ${digest} · ${String(layersPushed)} of ${String(layersTotal)} layers, ${bytesText(bytesPushed)}`;
}
