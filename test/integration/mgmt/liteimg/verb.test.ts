import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { machineArch } from '../../../../mgmt/agent-for.ts';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { type Planted, plantTree } from '../../../helpers/tree.ts';
import { listing } from './workshop.ts';

/** An osimage named img and its root image; returns where that is. */
async function built(mn: Management, tree: Readonly<Record<string, Planted>>): Promise<string> {
  const rootimgdir = join(mn.directory, 'img');
  plantTree(rootimgdir, { 'rootimg/etc': { dir: 0o755 } });
  plantTree(join(rootimgdir, 'rootimg'), tree);
  await mn.run('chtab', 'imagename=img', 'osimage.provmethod=statelite', 'osimage.profile=compute');
  await mn.run('chtab', 'imagename=img', `linuximage.rootimgdir=${rootimgdir}`);
  return join(rootimgdir, 'rootimg');
}

async function list(mn: Management, rows: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, options] of Object.entries(rows)) {
    await mn.run('chtab', `image=ALL,file=${file}`, `litefile.options=${options}`);
  }
}

describe('the verb liteimg (semantics 4)', () => {
  test('tells what it modifies and how many entries there are', async ({ mn }) => {
    const root = await built(mn, { 'etc/motd': 'x', 'var/log/x': 'x' });
    await list(mn, { '/etc/motd': 'link', '/var/log/': 'tmpfs' });
    const { code, err } = await mn.run('liteimg', 'img');
    expect(err).toBe(`Modifying ${root} ...\nModifying ${root} done: 2 entries\n`);
    expect(code).toBe(0);
    expect(listing(root)['/etc/motd']).toBe('-> ../.statelite/tmpfs/etc/motd');
  });

  test('hints at mounted single files (semantics 3.7)', async ({ mn }) => {
    await built(mn, { 'etc/motd': 'x' });
    await list(mn, { '/etc/motd': 'tmpfs' });
    const { err } = await mn.run('liteimg', 'img');
    expect(err).toContain('/etc/motd is a single file');
  });

  test('prints entries and notes as JSON', async ({ mn }) => {
    const root = await built(mn, { 'etc/motd': 'x' });
    await list(mn, { '/etc/motd': 'tmpfs' });
    const { out } = await mn.run('liteimg', 'img', '--json');
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      image: 'img',
      root,
      entries: [{ path: '/etc/motd', option: 'tmpfs', type: 'file' }],
      notes: [expect.stringContaining('/etc/motd')],
    });
  });

  test.for(['--dry-run', '--dryrun', '-n'])(
    'with %s tells what would change, and changes nothing',
    async (flag, { mn }) => {
      const root = await built(mn, { 'etc/motd': 'x' });
      await list(mn, { '/etc/motd': 'link', '/srv/new/dir/': 'tmpfs' });
      const before = listing(join(root, '..'), 'everything');
      const { code, out, err } = await mn.run('liteimg', 'img', flag);
      expect(out).toContain(
        '/etc/motd: the original moves to /.default; a link through /.statelite/tmpfs is planted',
      );
      expect(out).toContain(
        '/srv/new/dir: directories above it are made; it is missing and made, empty; mirrored to /.default',
      );
      expect(err).toContain(`Looked at ${root}: nothing was changed`);
      expect(code).toBe(0);
      expect(listing(join(root, '..'), 'everything')).toEqual(before);
    },
  );

  test('with --dry-run says that there is nothing to do with a prepared image', async ({ mn }) => {
    await built(mn, { 'etc/motd': 'x' });
    await list(mn, { '/etc/motd': 'link' });
    await mn.run('liteimg', 'img');
    expect((await mn.run('liteimg', 'img', '--dry-run')).out).toEqual(['nothing to do']);
  });

  test('prints the plan as JSON, the same as what the run then did', async ({ mn }) => {
    await built(mn, { 'etc/motd': 'x' });
    await list(mn, { '/etc/motd': 'link' });
    const plan = JSON.parse((await mn.run('liteimg', 'img', '-n', '--json')).out.join('\n'));
    const ran = JSON.parse((await mn.run('liteimg', 'img', '--json')).out.join('\n'));
    expect(plan.changes).toContainEqual({
      path: '/etc/motd',
      effects: ['original moved', 'planted'],
    });
    expect(plan).toEqual({ ...ran, dryRun: true });
  });

  test('locks root out if site.secureroot says so (mgmt QUIRK-33)', async ({ mn }) => {
    const root = await built(mn, { 'etc/shadow': 'root:$6$a$b:1::::::\n' });
    await mn.run('chtab', 'key=system,username=root', 'passwd.password=secret');
    await mn.run('chtab', 'key=secureroot', 'site.value=1');
    await mn.run('liteimg', 'img');
    expect(listing(root)['/etc/shadow']).toContain('root:*:1:');
  });

  test('refuses a password it cannot use before the first change (mgmt QUIRK-32)', async ({
    mn,
  }) => {
    const root = await built(mn, { 'etc/shadow': 'root:*:1::::::\n' });
    await mn.run('chtab', 'key=system,username=root', 'passwd.password=secret');
    await mn.run('chtab', 'key=system,username=root', 'passwd.cryptmethod=rot13');
    const before = listing(root, 'everything');
    const { code, err } = await mn.run('liteimg', 'img');
    expect(code).toBe(1);
    expect(err).toContain('rot13');
    expect(listing(root, 'everything')).toEqual(before);
  });

  test('finds the image of an os, an architecture and a profile', async ({ mn }) => {
    const name = 'debian12-x86_64-statelite-compute';
    const root = join(mn.directory, 'install/netboot/debian12/x86_64/compute/rootimg');
    plantTree(root, { 'etc/motd': 'x' });
    await mn.run(
      'chtab',
      `imagename=${name}`,
      'osimage.provmethod=statelite',
      'osimage.osvers=debian12',
      'osimage.osarch=x86_64',
      'osimage.profile=compute',
    );
    const { code, err } = await mn.run(
      'liteimg',
      '-o',
      'debian12',
      '-a',
      'x86_64',
      '-p',
      'compute',
    );
    expect(err).toContain(`Modifying ${root} done: 0 entries`);
    expect(code).toBe(0);
  });

  test('refuses a table, naming both rows, and changes nothing (semantics 3.4)', async ({ mn }) => {
    const root = await built(mn, { 'var/log/app/x': 'x' });
    await list(mn, { '/var/log/': 'ro', '/var/log/app/': 'tmpfs' });
    const before = listing(root, 'everything');
    const { code, err } = await mn.run('liteimg', 'img');
    expect(code).toBe(1);
    expect(err).toContain('"/var/log/app/" (tmpfs) cannot be below "/var/log/" (ro)');
    expect(listing(root, 'everything')).toEqual(before);
  });

  test('refuses an image that is not known', async ({ mn }) => {
    const { code, err } = await mn.run('liteimg', 'nope');
    expect(code).toBe(1);
    expect(err).toContain('there is no osimage nope');
  });

  test('refuses an image that was not built', async ({ mn }) => {
    await mn.run('chtab', 'imagename=img', 'osimage.provmethod=statelite');
    await mn.run('chtab', 'imagename=img', `linuximage.rootimgdir=${mn.directory}/img`);
    const { code, err } = await mn.run('liteimg', 'img');
    expect(code).toBe(1);
    expect(err).toContain(`there is no root image ${mn.directory}/img/rootimg`);
    expect(err).toContain('genimage');
  });

  test('refuses an image whose directory nobody knows', async ({ mn }) => {
    await mn.run('chtab', 'imagename=img', 'osimage.provmethod=statelite', 'osimage.profile=p');
    const { code, err } = await mn.run('liteimg', 'img');
    expect(code).toBe(1);
    expect(err).toContain('osimage img has no rootimgdir');
    expect(err).toContain('linuximage.rootimgdir=');
  });

  test('refuses while another command changes the image', async ({ mn }) => {
    const root = await built(mn, { 'etc/motd': 'x' });
    const { code, err } = await withImageLock(join(root, '..'), () => mn.run('liteimg', 'img'));
    expect(code).toBe(1);
    expect(err).toContain('another command is changing the image');
  });

  test('refuses an image that is provided in another way', async ({ mn }) => {
    const root = await built(mn, { 'etc/motd': 'x' });
    await mn.run('chtab', 'imagename=img', 'osimage.provmethod=netboot');
    const before = listing(root, 'everything');
    const { code, err } = await mn.run('liteimg', 'img');
    expect(code).toBe(1);
    expect(err).toContain('osimage img has the provmethod netboot');
    expect(listing(root, 'everything')).toEqual(before);
  });

  test('takes an image of this machine by its system and profile', async ({ mn }) => {
    const { err } = await mn.run('liteimg', '-o', 'debian12', '-p', 'compute');
    expect(err).toContain(`there is no osimage debian12-${machineArch()}-statelite-compute`);
  });

  test.for([
    { words: [], told: 'name an osimage, or -o and -p' },
    { words: [''], told: 'name an osimage, or -o and -p' },
    { words: ['-o', '', '-a', 'x', '-p', 'y'], told: 'name an osimage, or -o and -p' },
    { words: ['-o', 'x', '-a', '', '-p', 'y'], told: 'name an osimage, or -o and -p' },
    { words: ['-o', 'debian12'], told: 'name an osimage, or -o and -p' },
    { words: ['img', '-p', 'compute'], told: 'not allowed when an image name is specified' },
  ])('refuses the words $words', async ({ words, told }, { mn }) => {
    const { code, err } = await mn.run('liteimg', ...words);
    expect(code).not.toBe(0);
    expect(err).toContain(told);
  });
});
