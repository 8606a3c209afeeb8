import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { usersOf } from '../../../../mgmt/image/generations/in-use.ts';
import { readGenerations } from '../../../../mgmt/image/generations/read.ts';
import { placeOf } from '../../../../mgmt/image/generations/place.ts';
import { settle } from '../../../../mgmt/image/generations/settle.ts';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { imageHome } from '../generations/image-home.ts';
import { busyboxRoot, plantBusybox } from './busybox-root.ts';

const told = ['etc/one', 'usr/share/two', 'opt/three'];

/** What the files of a generation say, and its mark: one number if it is whole. */
function numbersIn(directory: string): string[] {
  const texts = [...told, '.statelite/generation'].map((path) =>
    readFileSync(join(directory, 'rootimg', path), 'utf8').trim(),
  );
  return [...new Set(texts)];
}

test(
  'commands that are killed at any moment leave a whole image, no mount and no process; the next goes on',
  { timeout: 600_000 },
  async () => {
    await using home = await imageHome();
    const filler = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`usr/lib/f${index}`, `filler ${index}`]),
    );
    await home.build({
      ...busyboxRoot(filler),
      ...Object.fromEntries(told.map((path) => [path, '1\n'])),
      'var/scratch': '',
      mnt: { dir: 0o755 },
    });
    plantBusybox(home.root);
    const round = await timeRound(home.rootimgdir);
    const numbers = new Set<number>();
    for (let killed = 0; killed < 30; killed += 1) {
      const child = start(home.rootimgdir);
      await once(child.stdout, 'data');
      await sleep(Math.random() * 1.2 * round);
      await kill(child);

      const mounts = readFileSync('/proc/self/mounts', 'utf8');
      expect(mounts).not.toContain(home.directory);
      const place = await placeOf(home.rootimgdir);
      const { current } = await readGenerations(place);
      expect(numbersIn(home.rootimgdir)).toEqual([String(current?.number)]);
      expect(statSync(join(home.rootimgdir, 'kernel')).size).toBeGreaterThan(0);
      await untilNobodyUses([place.directory, place.others]);

      await withImageLock(home.rootimgdir, () => settle(home.rootimgdir));
      const { all } = await home.read();
      for (const { number, directory } of all) {
        expect(numbersIn(directory)).toEqual([String(number)]);
        numbers.add(number);
      }
      const others = all.filter(({ isCurrent }) => !isCurrent);
      const names = others.map(({ number }) => String(number));
      expect(readdirSync(place.others).toSorted()).toEqual(names.toSorted());
    }
    expect(numbers.size).toBeGreaterThan(3);
  },
);

function start(rootimgdir: string) {
  const argv = ['--no-warnings', join(import.meta.dirname, 'repeat.ts'), rootimgdir];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ReturnType<typeof start>): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(child.signalCode).toBe('SIGKILL');
}

/** How many milliseconds the commands take on this machine, when nobody kills them. */
async function timeRound(rootimgdir: string): Promise<number> {
  const child = start(rootimgdir);
  await once(child.stdout, 'data');
  const begin = performance.now();
  await once(child.stdout, 'data');
  const milliseconds = performance.now() - begin;
  await kill(child);
  return milliseconds;
}

/** The kernel ends what was in the namespace when its first process has ended. */
async function untilNobodyUses(directories: readonly string[]): Promise<void> {
  const end = performance.now() + 5000;
  while (usersOf(directories).size > 0 && performance.now() < end) await sleep(10);
  expect(usersOf(directories)).toEqual(new Map());
}
