import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { readGenerations } from '../../../../mgmt/image/generations/read.ts';
import { placeOf } from '../../../../mgmt/image/generations/place.ts';
import { collect } from '../../../../mgmt/image/generations/gc.ts';
import { promote } from '../../../../mgmt/image/generations/promote.ts';
import { settle } from '../../../../mgmt/image/generations/settle.ts';
import { runInImage } from '../../../../mgmt/image/run/run-image.ts';
import { nativeAddon } from '../../../helpers/native.ts';

/**
 * `node repeat.ts ROOTIMGDIR`: changes the image without end, by one command after another, and
 * prints `ready` before each round: run in a copy, go back, run in place, remove the rest.
 */
const [rootimgdir = ''] = process.argv.slice(2);
const tools = {
  progress: { step: () => {}, done: () => {} },
  signal: new AbortController().signal,
};

async function run(script: string, inPlace: boolean): Promise<void> {
  const argv = ['sh', '-c', script];
  await runInImage({ image: 'compute', rootimgdir, argv, inPlace }, tools);
}

for (let round = 1; ; round += 1) {
  process.stdout.write('ready\n');
  const { all } = await readGenerations(await placeOf(rootimgdir));
  const next = 1 + Math.max(...all.map(({ number }) => number));
  // All files of a generation say the same number when the command has ended.
  await run(`for f in /etc/one /usr/share/two /opt/three; do echo ${next} > $f; done`, false);
  await run('mount -t tmpfs none /mnt; (sleep 100 &) ; echo x > /var/scratch', true);
  if (round % 2 === 0)
    await withImageLock(rootimgdir, () => promote(rootimgdir, 'previous', nativeAddon()));
  await withImageLock(rootimgdir, async () => {
    const { generations } = await settle(rootimgdir);
    await collect(generations.all, { keep: 1, reported: new Map(), dryRun: false });
  });
}
