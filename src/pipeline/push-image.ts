import type { BuildPlan } from '../plan/build-plan.ts';
import { bytesText } from '../values/size.ts';
import { formatImage, shortDigest } from '../values/image-reference.ts';
import type { CheckedBuild } from './check.ts';
import type { MadeImage } from './make-image.ts';
import { push, type PushResult } from './push.ts';
import type { SessionContext } from './session.ts';
import { runStage } from './stage.ts';

/** The push stage. */
export async function pushImage(order: {
  plan: BuildPlan;
  context: SessionContext;
  checked: CheckedBuild;
  made: MadeImage;
}): Promise<PushResult> {
  const { plan, context, checked, made } = order;
  const { ports, build, note } = context;
  return runStage(context, 'push', async () => {
    const { registry } = plan.image;
    const use = { kind: 'registry', host: registry.host } as const;
    const login = registry.credentialId === null ? null : await ports.credentials.require(registry.credentialId, use);
    const pushed = await push({ plan, context, client: checked.client, login, ...made });
    const { number, digest } = pushed;
    note({ number, digest, image: formatImage(pushed.image), buildImage: formatImage(pushed.buildImage) });
    // Together: what a record says of both is true of one image.
    await ports.store.recordFacts(build, { digest, fingerprint: made.fingerprint });
    return { value: pushed, detail: pushDetail(pushed) };
  });
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
