import { publishPayload } from '../bootfiles/payload.ts';
import { refuseUnrunnable } from '../image/genimage/foreign-programs.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { runInImage } from '../image/run/run-image.ts';
import { CommandEnded } from './command-ended.ts';
import type { Context } from './context.ts';
import { namedImage } from './image-place.ts';

/** Runs a command in an image, or without one a shell. Throws CommandEnded if it does not end with 0. */
export async function runImage(
  context: Context,
  name: string,
  argv: readonly string[],
  inPlace: boolean,
): Promise<void> {
  const image = await namedImage(context, name);
  await refuseUnrunnable(image.osarch, image.rootimgdir);
  const wish = { image: name, rootimgdir: image.rootimgdir, argv, inPlace };
  await interruptible(`image run ${name}`, async (signal) => {
    const { status, isChanged, notes } = await runInImage(wish, {
      progress: context.progress,
      signal,
    });
    if (isChanged) await publishPayload(image, image.tftpdir);
    for (const note of notes) context.log.info(note);
    if (status === 0) return;
    const what = argv[0] ?? 'the shell';
    throw new CommandEnded(
      status,
      `${what} ended with ${status}`,
      inPlace ? 'what it changed in the image stays' : 'nothing of it was published',
    );
  });
}
