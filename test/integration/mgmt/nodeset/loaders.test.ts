import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishLoaders } from '../../../../mgmt/bootfiles/loaders.ts';
import { createResolve } from '../../../../mgmt/bootfiles/resolve.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

test('the files of the loaders that are used are copied from where distributions put them', async () => {
  await using root = await tempRoot();
  plantTree(root.path, {
    'host/usr/lib/PXELINUX/pxelinux.0': 'pxelinux',
    'host/usr/share/syslinux/ldlinux.c32': 'ldlinux',
    'host/usr/lib/ipxe/undionly.kpxe': 'ipxe',
  });
  const tftpdir = join(root.path, 'tftpboot');
  expect(await publishLoaders(['pxe'], tftpdir, join(root.path, 'host'))).toEqual([]);
  expect(await readFile(join(tftpdir, 'pxelinux.0'), 'utf8')).toBe('pxelinux');
  expect(await readFile(join(tftpdir, 'ldlinux.c32'), 'utf8')).toBe('ldlinux');
  await expect(readFile(join(tftpdir, 'undionly.kpxe'))).rejects.toThrow('ENOENT');
});

test("a site's own loader stays, and one that is nowhere is named with its package", async () => {
  await using root = await tempRoot();
  plantTree(root.path, {
    'host/usr/lib/ipxe/undionly.kpxe': "Debian's",
    'tftpboot/undionly.kpxe': "the site's",
  });
  const tftpdir = join(root.path, 'tftpboot');
  const missing = await publishLoaders(['xnba'], tftpdir, join(root.path, 'host'));
  expect(await readFile(join(tftpdir, 'undionly.kpxe'), 'utf8')).toBe("the site's");
  expect(missing).toEqual([expect.stringMatching(/snponly\.efi: apt-get install ipxe/)]);
});

test('all may read what is copied, and the directories on the way, whatever the umask', async () => {
  await using root = await tempRoot();
  plantTree(root.path, { 'host/usr/lib/ipxe/undionly.kpxe': 'ipxe' });
  await chmod(join(root.path, 'host/usr/lib/ipxe/undionly.kpxe'), 0o600);
  const tftpdir = join(root.path, 'srv/tftpboot');
  const before = process.umask(0o077);
  try {
    await publishLoaders(['xnba'], tftpdir, join(root.path, 'host'));
  } finally {
    process.umask(before);
  }
  const modes = ['srv', 'srv/tftpboot', 'srv/tftpboot/undionly.kpxe'].map(
    async (name) => (await stat(join(root.path, name))).mode & 0o777,
  );
  expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o644]);
});

test('of a loader that cannot be copied nothing is left', async () => {
  await using root = await tempRoot();
  await mkdir(join(root.path, 'host/usr/lib/ipxe/undionly.kpxe'), { recursive: true });
  const tftpdir = join(root.path, 'tftpboot');
  await expect(publishLoaders(['xnba'], tftpdir, join(root.path, 'host'))).rejects.toThrow(
    'EISDIR',
  );
  expect(await readdir(tftpdir)).toEqual([]);
});

test('servers become addresses; a name that nobody knows stays, with one warning', async () => {
  const warnings: string[] = [];
  const resolve = createResolve((message) => void warnings.push(message));
  expect(await resolve('10.0.0.1')).toBe('10.0.0.1');
  expect(['127.0.0.1', '::1']).toContain(await resolve('localhost'));
  expect(await resolve('no-such-host.invalid')).toBe('no-such-host.invalid');
  await resolve('no-such-host.invalid');
  expect(warnings).toEqual([expect.stringContaining('no-such-host.invalid has no address here')]);
});
