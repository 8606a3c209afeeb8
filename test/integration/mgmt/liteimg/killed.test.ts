import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Planted } from '../../../helpers/tree.ts';
import { native, type Table, type Workshop, workshop } from './workshop.ts';

const image: Readonly<Record<string, Planted>> = {
  'etc/motd': { text: 'hello\n', mode: 0o640, uid: 3 },
  'etc/issue': 'a\n',
  'etc/hosts.deny': 'a\n',
  'etc/fstab': 'compute_x86_64 / tmpfs rw 0 1\n',
  'etc/shadow': { text: 'root:*:::::::\n', mode: 0o640, gid: 42 },
  'etc/app/sub': { dir: 0o2750, uid: 5 },
  'etc/app/conf': 'a=1\n',
  'etc/localtime': { link: '/usr/share/zone' },
  'usr/share/zone': 'UTC',
  'usr/lib/data/file': 'data',
  'var/spool': { link: 'mail' },
  'var/mail': { dir: 0o2775 },
  'var/mail/root': 'x',
  'var/log/old': 'x',
  'var/log/app/old': 'x',
  'tmp/dracut.x/initramfs': 'x',
};

/** Two tables, so different that a run has to restore, to plant, to mirror and to make. */
const earlier: Table = {
  '/etc/motd': 'tmpfs',
  '/etc/app/': 'link',
  '/etc/app/conf': 'link,persistent',
  '/etc/app/more': 'link,con',
  '/etc/localtime': 'link',
  '/etc/issue': 'con',
  '/etc/hosts.deny': 'link,con',
  '/usr/lib/data/': 'link,persistent',
  '/var/spool/': 'persistent',
  '/var/log/': 'link',
  '/srv/made/dir/': 'tmpfs',
  '/srv/scratch/': 'localdisk',
};
const wanted: Table = {
  '/etc/motd': 'link',
  '/etc/app/sub/': 'link,ro',
  '/etc/localtime': 'ro',
  '/etc/issue': 'link,con',
  '/etc/hosts.deny': 'con',
  '/usr/lib/data/': 'localdisk',
  '/var/spool/': 'link',
  '/var/spool/root': 'link,persistent',
  '/var/log/': 'tmpfs',
  '/var/log/app/': 'persistent',
  '/var/log/new/file': 'tmpfs',
  '/srv/made/file': 'link',
};

async function fresh(table: Table) {
  await using shop = await workshop(image);
  await shop.run(table);
  return shop.list();
}

/** Starts a run in a process of its own; returns it and what it printed so far. */
function start(shop: Workshop, table: Table, fatal: number, ...watched: readonly string[]) {
  const script = join(import.meta.dirname, 'killed-run.ts');
  const argv = [
    '--no-warnings',
    script,
    JSON.stringify(shop.wish(table)),
    String(fatal),
    ...watched,
  ];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills a run before one of its changes; returns how many changes a whole run makes, if it ended. */
async function runUntil(shop: Workshop, table: Table, fatal: number): Promise<number | undefined> {
  const child = start(shop, table, fatal);
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return child.signalCode === null ? Number(printed.split('\n')[1]) : undefined;
}

describe('a run that was killed (semantics 4.4)', () => {
  test('is repaired by the next run, before whichever of its changes it was killed', async () => {
    await using whole = await workshop(image);
    await whole.run(earlier);
    const changes = (await runUntil(whole, wanted, 0)) ?? 0;
    const prepared = await fresh(wanted);
    expect(whole.list()).toEqual(prepared);
    expect(changes).toBeGreaterThan(80);
    for (let fatal = 1; fatal <= changes; fatal += Math.ceil(changes / 12)) {
      await using shop = await workshop(image);
      await shop.run(earlier);
      expect(await runUntil(shop, wanted, fatal)).toBeUndefined();
      await shop.run(wanted);
      expect(shop.list(), `killed before change ${fatal}`).toEqual(prepared);
    }
  });

  test('is undone by the next run, when that has the table of before, or none', async () => {
    const [before, none] = [await fresh(earlier), await fresh({})];
    for (let fatal = 3; fatal < 100; fatal += 16) {
      await using shop = await workshop(image);
      await shop.run(earlier);
      await runUntil(shop, wanted, fatal);
      const back = fatal % 32 === 3 ? earlier : {};
      await shop.run(back);
      expect(shop.list(), `killed before change ${fatal}`).toEqual(
        back === earlier ? before : none,
      );
    }
  });

  test(
    'is repaired, at whatever moment it was killed, fifty times',
    { timeout: 600_000 },
    async () => {
      const prepared = await fresh(wanted);
      await using whole = await workshop(image);
      await whole.run(earlier);
      let longest = (await killAfter(whole, Infinity)).milliseconds;
      for (let killed = 0; killed < 50;) {
        await using shop = await workshop(image);
        await shop.run(earlier);
        const { isKilled, milliseconds } = await killAfter(shop, Math.random() * longest);
        if (isKilled) killed += 1;
        else longest = milliseconds;
        await shop.run(wanted);
        expect(shop.list(), `killed after ${milliseconds} ms`).toEqual(prepared);
      }
    },
  );
});

/** Kills a run some time after it began; tells whether it was still at it, and for how long. */
async function killAfter(shop: Workshop, milliseconds: number) {
  const child = start(shop, wanted, 0);
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const begin = performance.now();
  if (milliseconds === Infinity) await closed;
  else {
    await wait(milliseconds);
    child.kill('SIGKILL');
    await closed;
  }
  return { isKilled: child.signalCode === 'SIGKILL', milliseconds: performance.now() - begin };
}

describe('nodes that run from the image while it is prepared', () => {
  test('find something at every path of a file, all the time', async () => {
    const files = ['/etc/motd', '/etc/issue', '/etc/hosts.deny', '/etc/localtime'];
    const tables: readonly Table[] = [earlier, wanted, {}, wanted, earlier];
    await using shop = await workshop(image);
    for (const table of tables) {
      const child = start(shop, table, 0, ...files.map((path) => shop.root + path));
      const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
      const [, changes, ...gone] = printed.trim().split('\n');
      expect(Number(changes)).toBeGreaterThan(20);
      expect(gone).toEqual([]);
    }
  });
});

describe('a run that failed (semantics 4.4)', () => {
  test('says that the image is prepared by half, and the next run completes it', async () => {
    const prepared = await fresh(wanted);
    const copies = await failingAt(Infinity);
    expect(copies.outcome).toMatchObject({ notes: [expect.stringContaining('/etc/hosts.deny')] });
    for (let fatal = 1; fatal <= copies.calls; fatal += 1) {
      const { outcome, list } = await failingAt(fatal);
      expect(outcome).toMatchObject({ code: 'ERR_STATELITE_IMAGE', cause: { code: 'ENOSPC' } });
      expect(list, `failed at copy ${fatal}`).toEqual(prepared);
    }
  });
});

/** A run that finds no space at one of its copies, and what the next run makes of the image. */
async function failingAt(fatal: number) {
  await using shop = await workshop(image);
  await shop.run(earlier);
  let calls = 0;
  const copyAttributes = async (from: string, to: string) => {
    calls += 1;
    return calls === fatal ? -28 : native.copyAttributes(from, to);
  };
  const outcome = await shop
    .run(wanted, { ...native, copyAttributes })
    .catch((error: unknown) => error);
  await shop.run(wanted);
  return { calls, outcome, list: shop.list() };
}
