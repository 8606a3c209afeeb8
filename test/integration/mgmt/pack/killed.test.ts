import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { packImage } from '../../../../mgmt/image/pack/pack-image.ts';
import type { Packing } from '../../../../mgmt/image/pack/packing.ts';
import { randomOf } from '../../../fuzz/random.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const ways: readonly Packing[] = [
  { format: 'cpio', compression: 'gzip' },
  { format: 'tar', compression: 'zstd' },
  { format: 'squashfs', compression: 'gzip' },
  { format: 'cpio', compression: 'zstd' },
];

test('killed at any moment, no half file has a final name, and the next run is right', async () => {
  await using directory = await tempRoot();
  const rootimgdir = directory.path;
  plantImage(rootimgdir, 4);
  const random = randomOf(6);
  const { took } = await run(rootimgdir, { format: 'cpio', compression: 'gzip' });
  let killed = 0;
  for (let count = 0; count < 8; count += 1) {
    const { isDone } = await run(rootimgdir, wayOf(count), { after: random(Math.ceil(took)) });
    if (!isDone) killed += 1;
    expectWhole(rootimgdir);
  }
  expect(killed).toBeGreaterThan(2);
  await expectRepaired(rootimgdir);
}, 240_000);

test('killed before any of its changes, likewise', async () => {
  await using directory = await tempRoot();
  const rootimgdir = directory.path;
  plantImage(rootimgdir, 1);
  await packImage(optionsFor(rootimgdir, wayOf(3)));
  let isDone = false;
  let change = 0;
  while (!isDone) {
    change += 1;
    ({ isDone } = await run(rootimgdir, wayOf(change), { change }));
    expectWhole(rootimgdir);
  }
  expect(change).toBeGreaterThan(8);
  await expectRepaired(rootimgdir);
}, 240_000);

test('told to stop, it gives its reason and leaves nothing', async () => {
  await using directory = await tempRoot();
  plantImage(directory.path);
  for (const way of ways) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const packing = packImage({
      ...optionsFor(directory.path, way),
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(packing).rejects.toBe(reason);
    expect(readdirSync(directory.path)).toEqual(['rootimg']);
  }
}, 60_000);

function wayOf(count: number): Packing {
  return ways[count % ways.length] ?? { format: 'cpio', compression: 'gzip' };
}

function plantImage(rootimgdir: string, mebibytes = 12): void {
  mkdirSync(join(rootimgdir, 'rootimg/etc'), { recursive: true });
  for (let file = 0; file < mebibytes; file += 1) {
    writeFileSync(join(rootimgdir, 'rootimg/etc', String(file)), randomBytes(1 << 20));
  }
}

function optionsFor(rootimgdir: string, way: Packing): Parameters<typeof packImage>[0] {
  return {
    ...way,
    image: {
      rootimgdir,
      name: 'compute',
      profile: 'compute',
      osarch: '',
      provmethod: 'statelite',
      rootfstype: 'ramdisk',
      exlist: [],
      synclists: '',
    },
    root: join(rootimgdir, 'rootimg'),
    base: 'rootimg-statelite',
  };
}

/** Packs in a process of its own, which may be killed; milliseconds count from its beginning to pack. */
async function run(
  rootimgdir: string,
  way: Packing,
  { after, change = 0 }: { readonly after?: number; readonly change?: number } = {},
): Promise<{ isDone: boolean; took: number }> {
  const options = JSON.stringify(optionsFor(rootimgdir, way));
  const argv = [join(import.meta.dirname, 'pack-run.ts'), options, String(change)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  const start = performance.now();
  if (after !== undefined) {
    await Promise.race([setTimeout(after), closed]);
    child.kill('SIGKILL');
  }
  await closed;
  return { isDone: said.endsWith('done\n'), took: performance.now() - start };
}

async function expectRepaired(rootimgdir: string): Promise<void> {
  await packImage(optionsFor(rootimgdir, { format: 'tar', compression: 'gzip' }));
  expectWhole(rootimgdir);
  expect(readdirSync(rootimgdir).toSorted()).toEqual([
    'rootimg',
    'rootimg-statelite.tar.gz',
    'rootimg-statelite.tar.gz.sha256',
  ]);
}

/** There is a packed root, and every one that is there can be read to its end and fits its digest. */
function expectWhole(rootimgdir: string): void {
  const packed = readdirSync(rootimgdir).filter((name) =>
    /^rootimg-statelite(?!.*sha256$)/u.test(name),
  );
  expect(packed.length).toBeGreaterThan(0);
  for (const name of packed) {
    const file = join(rootimgdir, name);
    if (name.endsWith('.gz')) execFileSync('gzip', ['-t', file]);
    else if (name.endsWith('.zst')) execFileSync('zstd', ['-qt', file]);
    else execFileSync('unsquashfs', ['-q', '-l', file], { stdio: 'ignore' });
    if (!existsSync(`${file}.sha256`)) continue;
    const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(readFileSync(`${file}.sha256`, 'utf8')).toBe(`${sum}  ${name}\n`);
  }
}
