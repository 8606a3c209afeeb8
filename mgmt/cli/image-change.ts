import { tmpdir } from 'node:os';
import { loadNative } from '../../agent/native/load.ts';
import { publishPayload } from '../bootfiles/payload.ts';
import { collect, keptByDefault } from '../image/generations/gc.ts';
import { promote } from '../image/generations/promote.ts';
import { mustHaveCurrent } from '../image/generations/read.ts';
import { settle } from '../image/generations/settle.ts';
import { sizeOf } from '../image/generations/size.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import type { Context } from './context.ts';
import { namedImage, reportedOf } from './image-place.ts';
import { printJson } from './json.ts';

/** Makes another generation the image, and its kernel and initramfs those that loaders get. */
export async function changeCurrent(
  context: Context,
  name: string,
  which: number | 'previous',
): Promise<void> {
  const image = await namedImage(context, name);
  await withImageLock(image.rootimgdir, async () => {
    const { now, before } = await promote(image.rootimgdir, which, loadNative(tmpdir()));
    await publishPayload(image, image.tftpdir);
    context.print(
      now.number === before.number
        ? `generation ${now.number} is the image of ${name} already`
        : `generation ${now.number} is the image of ${name} now, instead of ${before.number}; nodes get it when they boot`,
    );
  });
}

/** Removes generations that nobody needs. */
export async function collectImage(
  context: Context,
  name: string,
  {
    keep = keptByDefault,
    dryRun,
    json,
  }: { readonly keep: number | undefined; readonly dryRun: boolean; readonly json: boolean },
): Promise<void> {
  const image = await namedImage(context, name);
  await withImageLock(image.rootimgdir, async () => {
    const { place, generations } = await settle(image.rootimgdir);
    mustHaveCurrent(generations, place);
    const { all } = generations;
    const reported = await reportedOf(context, image, all);
    const sizes = new Map<number, number>();
    for (const { number, directory, isCurrent } of all) {
      if (!isCurrent) sizes.set(number, (await sizeOf(directory)).own);
    }
    const verdicts = await collect(all, { keep, reported, dryRun });
    const lines = verdicts.map(({ generation: { number }, kept }) => ({
      number,
      removed: kept === undefined,
      bytes: sizes.get(number) ?? 0,
      why: kept ?? '',
    }));
    if (json) return printJson(context, { image: name, dryRun, generations: lines });
    for (const { number, removed, bytes, why } of lines) {
      const size = `${(bytes / 1e6).toFixed(1)} MB`;
      const goes = dryRun ? 'would go' : 'is removed';
      context.print(
        removed ? `generation ${number} ${goes}: ${size}` : `generation ${number} stays: ${why}`,
      );
    }
  });
}
