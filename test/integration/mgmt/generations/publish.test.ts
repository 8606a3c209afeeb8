import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refuseSystem } from '../../../../mgmt/image/generations/place.ts';
import { previousOf, promote } from '../../../../mgmt/image/generations/promote.ts';
import { settle } from '../../../../mgmt/image/generations/settle.ts';
import {
  commit,
  commitBoot,
  discard,
  openStaging,
} from '../../../../mgmt/image/genimage/staging.ts';
import { nativeAddon } from '../../../helpers/native.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { imageHome } from './image-home.ts';

const native = nativeAddon();

describe('a build', () => {
  test('of an image that is not there yet is generation 1, with its record and its mark', async () => {
    await using home = await imageHome();
    expect(await home.build({ 'etc/motd': 'one' })).toMatchObject({
      number: 1,
      previous: undefined,
    });
    expect(home.text('etc/motd')).toBe('one');
    expect(home.text('.statelite/generation')).toBe('1\n');
    expect(home.names()).toEqual([]);
    expect((await home.read()).current).toMatchObject({
      number: 1,
      by: 'genimage compute',
      kernel: '6.1.0-1',
      published: [expect.any(String)],
    });
  });

  test('takes the place of the one before, which stays whole beside it', async () => {
    await using home = await imageHome();
    for (const text of ['one', 'two', 'three']) await home.build({ 'etc/motd': text });
    expect(home.text('etc/motd')).toBe('three');
    expect(readFileSync(join(home.rootimgdir, 'kernel'), 'utf8')).toBe('kernel of 3');
    expect(home.names()).toEqual(['1', '2']);
    for (const [number, text] of [
      ['1', 'one'],
      ['2', 'two'],
    ] as const) {
      const place = join(home.others, number);
      expect(readFileSync(join(place, 'rootimg/etc/motd'), 'utf8')).toBe(text);
      expect(readFileSync(join(place, 'rootimg/.statelite/generation'), 'utf8')).toBe(
        `${number}\n`,
      );
      expect(readFileSync(join(place, 'initrd-statelite.gz'), 'utf8')).toContain(`of ${number}`);
    }
  });

  test('leaves what a node has open in the old root readable, also by a path from its root', async () => {
    await using home = await imageHome();
    await home.build({
      'etc/motd': 'one',
      'usr/bin/tool': 'tool of one',
      'etc/late': 'opened late',
    });
    const file = openSync(join(home.root, 'usr/bin/tool'), 'r');
    const root = openSync(home.root, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await home.build({ 'etc/motd': 'two', 'usr/bin/tool': 'another tool' });
      const buffer = Buffer.alloc(32);
      expect(buffer.toString('utf8', 0, readSync(file, buffer))).toBe('tool of one');
      // As a lookup of NFS goes: from the handle of the root.
      const late = readFileSync(`/proc/self/fd/${root}/etc/late`, 'utf8');
      expect(late).toBe('opened late');
      expect(readFileSync(`/proc/self/fd/${root}/etc/motd`, 'utf8')).toBe('one');
    } finally {
      closeSync(file);
      closeSync(root);
    }
  });

  test('keeps what the administrator has beside the image beside it', async () => {
    await using home = await imageHome();
    await home.build({ 'etc/motd': 'one' });
    plantTree(home.rootimgdir, { 'NOTES.txt': 'mine', 'rootimg-statelite.gz': 'packed' });
    await home.build({ 'etc/motd': 'two' });
    expect(readFileSync(join(home.rootimgdir, 'NOTES.txt'), 'utf8')).toBe('mine');
    expect(existsSync(join(home.rootimgdir, 'rootimg-statelite.gz'))).toBe(false);
    expect(existsSync(join(home.others, '1/rootimg-statelite.gz'))).toBe(true);
  });

  test('into a directory that holds no image yet fills it', async () => {
    await using home = await imageHome();
    plantTree(home.rootimgdir, { 'NOTES.txt': 'mine', 'genimage.log': 'failed' });
    await home.build({ 'etc/motd': 'one' });
    expect(home.names()).toEqual([]);
    expect(readFileSync(join(home.rootimgdir, 'NOTES.txt'), 'utf8')).toBe('mine');
  });

  test('of kernel and initramfs alone changes those of the current generation', async () => {
    await using home = await imageHome();
    await home.build({ 'etc/motd': 'one' });
    const staging = await openStaging(home.rootimgdir);
    writeFileSync(staging.new.kernel, 'newer');
    writeFileSync(staging.new.initramfs, 'newer');
    await commitBoot(staging, '6.1.0-2');
    expect(readFileSync(join(home.rootimgdir, 'kernel'), 'utf8')).toBe('newer');
    expect((await home.read()).all).toMatchObject([{ number: 1, kernel: '6.1.0-2' }]);
    expect(home.names()).toEqual([]);
  });

  test('goes through a link that stands for the directory of the image', async () => {
    await using home = await imageHome();
    mkdirSync(join(home.directory, 'disk'));
    mkdirSync(join(home.directory, 'netboot'));
    symlinkSync(join(home.directory, 'disk/compute'), home.rootimgdir);
    mkdirSync(join(home.directory, 'disk/compute'));
    await home.build({ 'etc/motd': 'one' });
    await home.build({ 'etc/motd': 'two' });
    expect(home.text('etc/motd')).toBe('two');
    expect(readdirSync(join(home.directory, 'disk'))).toEqual(['compute', 'compute.generations']);
  });

  test('works where the file system has no exchange', async () => {
    await using home = await imageHome();
    await home.build({ 'etc/motd': 'one' });
    await home.build({ 'etc/motd': 'two' });
    const calls = { exchange: async () => -22 };
    await promote(home.rootimgdir, 1, calls);
    expect(home.text('etc/motd')).toBe('one');
    expect(home.names()).toEqual(['2']);
    // Killed between the two renames.
    const aside = join(home.others, '1');
    renameSync(home.rootimgdir, aside);
    await settle(home.rootimgdir);
    expect(home.text('etc/motd')).toBe('one');
  });
});

describe('an image of before there were generations', () => {
  test('becomes generation 1 when something is changed, and is known as such before', async () => {
    await using home = await imageHome();
    plantTree(home.rootimgdir, {
      'rootimg/etc/motd': 'old',
      'rootimg.old/etc/motd': 'older',
      'rootimg.new/half': '',
      kernel: 'k',
      'kernel.new': 'half',
    });
    expect((await home.read()).all).toMatchObject([{ number: 1, isCurrent: true, by: '' }]);
    expect(existsSync(join(home.rootimgdir, 'generation.json'))).toBe(false);
    await home.build({ 'etc/motd': 'new' });
    expect(home.text('.statelite/generation')).toBe('2\n');
    expect(readdirSync(join(home.others, '1')).toSorted()).toEqual([
      'generation.json',
      'kernel',
      'rootimg',
      'rootimg.old',
    ]);
    expect(readFileSync(join(home.others, '1/rootimg/.statelite/generation'), 'utf8')).toBe('1\n');
  });

  test('gets back the root that a killed build had moved away', async () => {
    await using home = await imageHome();
    plantTree(home.rootimgdir, {
      'rootimg.old/etc/motd': 'good',
      'rootimg.new/half': '',
      kernel: '',
    });
    await settle(home.rootimgdir);
    expect(home.text('etc/motd')).toBe('good');
    expect(readdirSync(home.rootimgdir)).not.toContain('rootimg.new');
  });
});

describe('what a killed command left', () => {
  test('is removed if nobody finished it, and the numbers are those of the records', async () => {
    await using home = await imageHome();
    for (const text of ['one', 'two', 'three']) await home.build({ 'etc/motd': text });
    plantTree(home.others, { '4/rootimg/half': '', 'sharing/x': '' });
    renameSync(join(home.others, '1'), join(home.others, '9'));
    await settle(home.rootimgdir);
    expect(home.names()).toEqual(['1', '2']);
    expect((await home.read()).all.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test('stays if its record was written and it was never published, but nobody goes back to it', async () => {
    await using home = await imageHome();
    for (const text of ['one', 'two']) await home.build({ 'etc/motd': text });
    const record = JSON.parse(readFileSync(join(home.rootimgdir, 'generation.json'), 'utf8'));
    const later = { ...record, number: 3, published: ['2999-01-01T00:00:00.000Z'] };
    const again = JSON.parse(readFileSync(join(home.others, '1/generation.json'), 'utf8'));
    plantTree(home.others, {
      '3/rootimg/etc/motd': 'three',
      '3/generation.json': JSON.stringify(later),
      '1/generation.json': JSON.stringify({
        ...again,
        published: [...again.published, '2999-01-01T00:00:00.000Z'],
      }),
    });
    await settle(home.rootimgdir);
    const { all } = await home.read();
    expect(all.map(({ number, published }) => [number, published.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 0],
    ]);
    await home.build({ 'etc/motd': 'four' });
    expect((await promote(home.rootimgdir, 'previous', native)).now.number).toBe(2);
  });

  test('stays when an older copy of the image was put back, with its record or without', async () => {
    await using home = await imageHome();
    await home.build({ 'etc/motd': 'one' });
    const backup = join(home.directory, 'backup');
    execFileSync('cp', ['--archive', home.rootimgdir, backup]);
    for (const text of ['two', 'three']) await home.build({ 'etc/motd': text });
    for (const record of ['with', 'without']) {
      rmSync(join(home.others, '1'), { recursive: true, force: true });
      rmSync(home.rootimgdir, { recursive: true });
      execFileSync('cp', ['--archive', backup, home.rootimgdir]);
      if (record === 'without') rmSync(join(home.rootimgdir, 'generation.json'));
      await home.build({ 'etc/motd': record });
      expect(readFileSync(join(home.others, '2/rootimg/etc/motd'), 'utf8')).toBe('two');
    }
  });

  test('that was replaced a moment ago is not taken for what a failed build made', async () => {
    await using home = await imageHome();
    await home.build({ 'etc/motd': 'one' });
    const staging = await openStaging(home.rootimgdir);
    plantTree(staging.new.root, { 'etc/motd': 'two' });
    await commit(staging, { by: '', kernel: '' });
    renameSync(join(home.others, '1'), staging.new.directory); // as between exchange and renaming
    await discard(staging);
    await settle(home.rootimgdir);
    expect(home.text('etc/motd')).toBe('two');
    expect(readFileSync(join(home.others, '1/rootimg/etc/motd'), 'utf8')).toBe('one');
  });

  test('a publishing that was not ended is ended', async () => {
    await using home = await imageHome();
    await home.build({ 'etc/motd': 'one' });
    renameSync(home.rootimgdir, join(home.others, '1'));
    await settle(home.rootimgdir);
    expect(home.text('etc/motd')).toBe('one');
  });

  test('a record that is damaged, or twice there, is named and not removed', async () => {
    await using home = await imageHome();
    for (const text of ['one', 'two']) await home.build({ 'etc/motd': text });
    const file = join(home.others, '1/generation.json');
    writeFileSync(file, '{"number": "../../etc"}');
    await expect(home.build({})).rejects.toThrow(`${file} is damaged`);
    writeFileSync(file, 'x'.repeat(10));
    await expect(settle(home.rootimgdir)).rejects.toMatchObject({ code: 'ERR_STATELITE_IMAGE' });
    writeFileSync(file, readFileSync(join(home.rootimgdir, 'generation.json')));
    await expect(settle(home.rootimgdir)).rejects.toThrow(/are both generation 2/);
    expect(existsSync(join(home.others, '1/rootimg/etc/motd'))).toBe(true);
  });
});

describe('going back', () => {
  test('makes an earlier one the image, and knows when which was', async () => {
    await using home = await imageHome();
    for (const text of ['one', 'two', 'three']) await home.build({ 'etc/motd': text });
    await promote(home.rootimgdir, 1, native);
    expect(home.text('etc/motd')).toBe('one');
    expect(home.names()).toEqual(['2', '3']);
    await promote(home.rootimgdir, 3, native);
    expect(home.text('etc/motd')).toBe('three');
    await promote(home.rootimgdir, 'previous', native);
    await promote(home.rootimgdir, 'previous', native);
    expect(home.text('etc/motd')).toBe('one');
    const { all, current } = await home.read();
    expect(all.map(({ published }) => published.length)).toEqual([3, 2, 2]);
    expect(
      all
        .flatMap(({ published }) => published)
        .toSorted()
        .at(-1),
    ).toBe(current?.published.at(-1));
    expect(() => previousOf(all, all[0]!)).toThrow(/no generation before 1/);
    await home.build({ 'etc/motd': 'four' });
    expect(home.text('.statelite/generation')).toBe('4\n');
  });

  test('to what is not there says what is', async () => {
    await using home = await imageHome();
    await expect(promote(home.rootimgdir, 1, native)).rejects.toThrow(/there is no image in/);
    await home.build({});
    await expect(promote(home.rootimgdir, 7, native)).rejects.toMatchObject({
      code: 'ERR_STATELITE_NOT_FOUND',
      hint: 'there are 1',
    });
    expect((await promote(home.rootimgdir, 1, native)).now.number).toBe(1);
  });
});

function inNamespace(script: string, ...argv: string[]): string {
  const within = ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', ...argv];
  return execFileSync('unshare', within, { encoding: 'utf8' });
}

/** Builds where a tmpfs is mounted at a place. */
function attempt({ rootimgdir }: { readonly rootimgdir: string }, mounted: string): string {
  return inNamespace(
    'mkdir -p "$1"; mount -t tmpfs none "$1"; exec "$2" --no-warnings "$3" "$4"',
    mounted,
    process.execPath,
    join(import.meta.dirname, 'build-once.ts'),
    rootimgdir,
  );
}

describe('a place where generations cannot change places', () => {
  test('is refused before anything is built: a mount point, or another file system', async () => {
    await using home = await imageHome();
    const on = attempt(home, home.rootimgdir);
    expect(on).toContain(`${home.rootimgdir} is a mount point`);
    expect(on).toContain(`hint: set linuximage.rootimgdir to a directory in that file system`);
    expect(attempt(home, home.others)).toContain(`${home.others} is a mount point`);
    expect(statSync(home.rootimgdir).isDirectory()).toBe(true);
    rmSync(home.rootimgdir, { recursive: true });
    expect(attempt(home, join(home.directory, 'netboot'))).toContain('generation 1');
  });

  test.for(['/', '/etc', '/usr', '/usr/lib', '/var/lib', '/lib64', '/run/image', '/boot'])(
    "%s is this machine's own",
    (directory) => {
      expect(() => refuseSystem(directory)).toThrow("is of this machine's own system");
    },
  );

  test.for(['/install', '/srv/images/compute', '/var/lib/images', '/etcetera', '/home/images'])(
    '%s may be an image',
    (directory) => {
      expect(refuseSystem(directory)).toBeUndefined();
    },
  );

  test("a link to this machine's own directories is no image", async () => {
    await using home = await imageHome();
    mkdirSync(join(home.directory, 'netboot'));
    symlinkSync('/etc', home.rootimgdir);
    await expect(settle(home.rootimgdir)).rejects.toThrow("/etc is of this machine's own system");
    expect(existsSync('/etc.generations')).toBe(false);
  });

  test('something mounted in a stale tree is not emptied', async () => {
    await using home = await imageHome();
    await home.build({});
    const stale = join(home.others, '7/rootimg/with blank');
    expect(attempt(home, stale)).toContain(`${stale} is mounted in a stale image tree`);
  });
});

test('a chmod of the mark or a link in its place never reaches a file of this machine', async () => {
  await using home = await imageHome();
  plantTree(home.directory, { 'outside/generation': 'mine' });
  await home.build({ '.statelite': { link: join(home.directory, 'outside') } });
  expect(readFileSync(join(home.directory, 'outside/generation'), 'utf8')).toBe('mine');
  chmodSync(home.rootimgdir, 0o755);
});
