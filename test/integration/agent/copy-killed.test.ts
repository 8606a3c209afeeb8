import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { type Boot, boots, plantCase } from '../../helpers/boots.ts';
import { row } from '../../helpers/rows.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { tempRoot } from '../../helpers/tree.ts';

const temp = await tempRoot();
afterAll(() => temp.remove(), 60_000);

const count = 30;

function many(top: string): (readonly [string, string])[] {
  return Array.from({ length: 150 }, (_, n) => [`${top}/${n % 7}/f${n}`, `${top} ${n}`]);
}

/** Two stores to fill: new directories, one that is there in part, single files, listed children. */
function plant(name: string): Boot {
  const image = Object.fromEntries([...many('/srv/new'), ...many('/srv/part'), ...many('/srv/l')]);
  return plantCase(join(temp.path, name), {
    rows: [
      row('/srv/new/', 'persistent'),
      row('/srv/new/3/', 'persistent'),
      row('/srv/part/', 'persistent'),
      row('/srv/one', 'link,persistent'),
      row('/srv/l/', 'localdisk'),
    ],
    image: { ...image, '/srv/one': 'one' },
    persistent: { '/srv/part/1/f1': 'of the node', '/srv/part/own': 'of the node' },
  });
}

/** Boots until the store is being filled, and `after` ms more; then the process is no more. */
async function killed(boot: Boot, after: number): Promise<void> {
  const runner = join(import.meta.dirname, '../../helpers/boots-runner.ts');
  const namespace = ['-m', '--propagation', 'private'];
  const child = spawn('unshare', [...namespace, process.execPath, runner], { stdio: 'pipe' });
  const ended = once(child, 'exit');
  child.stdin.end(JSON.stringify([boot]));
  const began = join(boot.at, 'persistent/.statelite.filled');
  while (child.exitCode === null && !existsSync(began)) await sleep(1);
  await sleep(after);
  child.kill('SIGKILL');
  await ended;
}

describe('3.1 a boot that is killed while it fills stores', () => {
  test(`is completed by the next one, ${count} times`, { timeout: 300_000 }, async () => {
    const whole = plant('whole');
    const [reference] = await boots([whole]);
    expect(reference?.failure).toBeNull();
    const cuts = Array.from({ length: count }, (_, n) => plant(`killed ${n}`));
    let halfway = 0;
    for (const cut of cuts) {
      await killed(cut, Math.random() * 120);
      const left = snapshot(join(cut.at, 'persistent'));
      const mine = { '/srv/part/1/f1': 'of the node', '/srv/part/own': 'of the node' };
      expect(left).toMatchObject(mine);
      if (left['/.statelite.filled']?.includes('/srv/new\n') !== true) halfway += 1;
    }
    expect(halfway).toBeGreaterThan(0);
    const results = await boots(cuts);
    expect(results.map(({ failure, notices }) => [failure, notices])).toEqual(
      cuts.map(() => [null, []]),
    );
    for (const cut of cuts) {
      for (const store of ['persistent', 'localdisk']) {
        expect([cut.at, snapshot(join(cut.at, store))]).toEqual([
          cut.at,
          snapshot(join(whole.at, store)),
        ]);
      }
    }
    const again = await boots(cuts);
    expect(again.map(({ stores }) => stores)).toEqual(results.map(({ stores }) => stores));
  });
});
