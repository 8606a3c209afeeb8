import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { type Planted, plantTree } from '../../../helpers/tree.ts';
import { listing } from '../liteimg/workshop.ts';

const files = {
  'rootimg/etc/motd': 'hello\n',
  'rootimg/etc/fstab': 'proc /proc proc rw 0 0\ncompute_x86_64 / tmpfs rw 0 1\n',
  'rootimg/etc/shadow': 'root:!:1::::::\nsync:*:1::::::\n',
  'rootimg/opt/xcat/xcatinfo': "XCATSERVER='mn'\nIMAGENAME='older'\n",
  'rootimg/usr/share/doc/x': 'x',
} as const;

describe('the verb packimage', () => {
  test('packs a stateless image as xCAT does, with root of the passwd table', async ({ mn }) => {
    const rootimgdir = await built(mn, 'netboot', files);
    await mn.run('chtab', 'key=system,username=root', 'passwd.password=$6$salt$hash');
    const before = listing(rootimgdir, 'everything');
    const { code, err } = await mn.run('packimage', 'img');
    expect(err).toMatch(/rootimg\.gz: 12 objects, 0\.0 MiB packed to 0\.0 MiB\n$/u);
    expect(code).toBe(0);
    const root = unpacked(mn, join(rootimgdir, 'rootimg.gz'));
    expect(root['/etc/shadow']).toContain(String.raw`root:$6$salt$hash:1::::::\nsync:*:1`);
    expect(root['/etc/motd']).toBe(String.raw`file 644 "hello\n"`);
    expect(root['/opt/xcat/xcatinfo']).toMatch(
      /"XCATSERVER='mn'\\nIMAGENAME='img'\\nIMAGEUUID='[0-9a-f-]{36}'\\nTIMESTAMP='[^']+GMT'\\n"/u,
    );
    for (const [path, what] of Object.entries(before)) {
      if (path !== '/') expect(listing(rootimgdir, 'everything')[path]).toBe(what);
    }
  });

  test('packs the tree of a prepared image with its originals, and a root that may be written', async ({
    mn,
  }) => {
    const rootimgdir = await built(mn, 'netboot', files);
    await mn.run(
      'chtab',
      'imagename=lite',
      'osimage.provmethod=statelite',
      'osimage.profile=compute',
    );
    await mn.run('chtab', 'imagename=lite', `linuximage.rootimgdir=${rootimgdir}`);
    await mn.run('chtab', 'image=ALL,file=/etc/motd', 'litefile.options=link');
    expect((await mn.run('liteimg', 'lite')).code).toBe(0);
    expect((await mn.run('packimage', 'img', '-m', 'tar', '-c', 'zstd')).code).toBe(0);
    const root = unpacked(mn, join(rootimgdir, 'rootimg.tar.zst'));
    expect(root['/etc/motd']).toBe(String.raw`file 644 "hello\n"`);
    expect(root['/etc/fstab']).toContain('compute_x86_64 / tmpfs rw 0 1');
    expect(Object.keys(root).filter((path) => /statelite|default/u.test(path))).toEqual([]);
    expect(listing(join(rootimgdir, 'rootimg'))['/etc/fstab']).toContain('tmpfs ro');
  });

  test('leaves out what the exclude list says, and warns of lines that mean nothing', async ({
    mn,
  }) => {
    const rootimgdir = await built(mn, 'netboot', files);
    const exlist = await mn.write('x.exlist', './usr/share*\n/etc/motd\n');
    await mn.run('chtab', 'imagename=img', `linuximage.exlist=${exlist}`);
    const { err } = await mn.run('packimage', 'img');
    expect(err).toContain('/etc/motd matches nothing');
    expect(Object.keys(unpacked(mn, join(rootimgdir, 'rootimg.gz')))).not.toContain('/usr/share');
  });

  test('there is one packed root: another way takes the place of the earlier', async ({ mn }) => {
    const rootimgdir = await built(mn, 'netboot', files);
    plantTree(rootimgdir, { 'rootimg-statelite.gz': 'of liteimg', 'rootimg.old/etc/x': 'x' });
    await mn.run('packimage', 'img');
    const { err } = await mn.run('packimage', '-m', 'squashfs', 'img');
    expect(err).toContain('removed rootimg.gz');
    expect(readdirSync(rootimgdir).toSorted()).toEqual([
      'rootimg',
      'rootimg-statelite.gz',
      'rootimg.old',
      'rootimg.sfs',
      'rootimg.sfs.sha256',
    ]);
  });

  test('takes -o, -a and -p, and the exclude list of the profile', async ({ mn }) => {
    const rootimgdir = join(mn.directory, 'install/netboot/debian12/x86_64/compute');
    plantTree(rootimgdir, files);
    const columns = {
      osvers: 'debian12',
      osarch: 'x86_64',
      profile: 'compute',
      provmethod: 'netboot',
    };
    const words = Object.entries(columns).map(([column, value]) => `osimage.${column}=${value}`);
    await mn.run('chtab', 'imagename=debian12-x86_64-netboot-compute', ...words);
    plantTree(join(mn.directory, 'install/custom/netboot/debian'), {
      'compute.exlist': './usr*\n',
    });
    const { code, err } = await mn.run(
      'packimage',
      '-o',
      'debian12',
      '-a',
      'x86_64',
      '-p',
      'compute',
    );
    expect(err).toContain('rootimg.gz');
    expect(code).toBe(0);
    expect(Object.keys(unpacked(mn, join(rootimgdir, 'rootimg.gz')))).not.toContain('/usr');
  });

  test('sends who names a statelite image to liteimg', async ({ mn }) => {
    await built(mn, 'statelite', files);
    const { code, err } = await mn.run('packimage', 'img');
    expect(code).not.toBe(0);
    expect(err).toContain('packimage packs images with netboot');
    expect(err).toContain('osimage.rootfstype=ramdisk, then liteimg img packs it');
  });

  test('with --dry-run it only tells', async ({ mn }) => {
    const rootimgdir = await built(mn, 'netboot', files);
    const { out } = await mn.run('packimage', 'img', '-n');
    expect(out).toEqual([`12 objects with 0.0 MiB would be packed to ${rootimgdir}/rootimg.gz`]);
    expect(readdirSync(rootimgdir)).toEqual(['rootimg']);
  });

  test('warns of files that it does not copy, unless told not to', async ({ mn }) => {
    await built(mn, 'netboot', files);
    await mn.run('chtab', 'imagename=img', 'osimage.synclists=/install/x.synclist');
    expect((await mn.run('packimage', 'img')).err).toContain('/install/x.synclist');
    expect((await mn.run('packimage', 'img', '--nosyncfiles')).err).not.toContain('synclist');
  });

  test('waits for nobody who changes the image, but refuses', async ({ mn }) => {
    const rootimgdir = await built(mn, 'netboot', files);
    const { err } = await withImageLock(rootimgdir, async () => mn.run('packimage', 'img'));
    expect(err).toContain('another command is changing the image');
  });
});

describe('liteimg for rootfstype=ramdisk', () => {
  test('packs what it prepared, with a root that may be written', async ({ mn }) => {
    const rootimgdir = await ramdisk(mn);
    const { code, err } = await mn.run('liteimg', 'img');
    expect(err).toMatch(/rootimg-statelite\.gz: \d+ objects/u);
    expect(code).toBe(0);
    const root = unpacked(mn, join(rootimgdir, 'rootimg-statelite.gz'));
    expect(root['/etc/motd']).toBe('-> ../.statelite/tmpfs/etc/motd');
    expect(root['/.default/etc/motd']).toBe(String.raw`file 644 "hello\n"`);
    expect(root['/.statelite/litefile.save']).toContain('/etc/motd');
    expect(root['/etc/fstab']).toContain('compute_x86_64 / tmpfs rw 0 1'); // node QUIRK-38
    expect(root['/etc/fstab']).toContain('proc /proc proc rw');
    expect(root['/opt/xcat/xcatinfo']).toContain("IMAGENAME='img'");
    execFileSync('sha256sum', ['-c', '--quiet', 'rootimg-statelite.gz.sha256'], {
      cwd: rootimgdir,
    });
  });

  test('another way takes the place of the earlier, and boot files have to follow', async ({
    mn,
  }) => {
    const rootimgdir = await ramdisk(mn);
    await mn.run('liteimg', 'img');
    const { err } = await mn.run('liteimg', 'img', '--method', 'squashfs');
    expect(err).toContain('run nodeset for the nodes of img');
    expect(readdirSync(rootimgdir).filter((name) => name.startsWith('rootimg-'))).toEqual([
      'rootimg-statelite.sfs',
      'rootimg-statelite.sfs.sha256',
    ]);
  });

  test('-t ramdisk counts where the table is blank', async ({ mn }) => {
    const rootimgdir = await built(mn, 'statelite', files);
    await mn.run('liteimg', 'img', '-t', 'ramdisk');
    expect(readdirSync(rootimgdir)).toContain('rootimg-statelite.gz');
    await mn.run('chtab', 'imagename=img', 'osimage.rootfstype=nfs');
    expect((await mn.run('liteimg', 'img', '-t', 'ramdisk', '-m', 'tar')).err).toContain(
      'over NFS',
    );
  });

  test('a dry run tells what would be packed, and JSON tells what was', async ({ mn }) => {
    const rootimgdir = await ramdisk(mn);
    const { out } = await mn.run('liteimg', 'img', '-n');
    expect(out.at(-1)).toMatch(/objects with .* would be packed to .*\/rootimg-statelite\.gz$/u);
    expect(readdirSync(rootimgdir)).toEqual(['rootimg']);
    const printed = await mn.run('liteimg', 'img', '--json', '-c', 'zstd');
    expect(JSON.parse(printed.out.join('\n'))).toMatchObject({
      packed: { output: join(rootimgdir, 'rootimg-statelite.cpio.zst') },
    });
  });

  test('what nodes cannot unpack is refused before the image is changed', async ({ mn }) => {
    const rootimgdir = await ramdisk(mn);
    const before = listing(rootimgdir, 'everything');
    const { err } = await mn.run('liteimg', 'img', '-c', 'xz');
    expect(err).toContain('nodes do not unpack');
    expect(listing(rootimgdir, 'everything')).toEqual(before);
  });
});

async function built(
  mn: Management,
  provmethod: string,
  tree: Readonly<Record<string, Planted>>,
): Promise<string> {
  const rootimgdir = join(mn.directory, 'img');
  plantTree(rootimgdir, tree);
  await mn.run(
    'chtab',
    'imagename=img',
    `osimage.provmethod=${provmethod}`,
    'osimage.profile=compute',
  );
  await mn.run('chtab', 'imagename=img', `linuximage.rootimgdir=${rootimgdir}`);
  return rootimgdir;
}

async function ramdisk(mn: Management): Promise<string> {
  const rootimgdir = await built(mn, 'statelite', files);
  await mn.run('chtab', 'imagename=img', 'osimage.rootfstype=ramdisk');
  await mn.run('chtab', 'image=ALL,file=/etc/motd', 'litefile.options=link');
  return rootimgdir;
}

/** What a packed root holds. */
function unpacked(mn: Management, file: string): Record<string, string> {
  const root = join(mn.directory, 'unpacked');
  mkdirSync(root);
  if (file.endsWith('.tar.zst')) execFileSync('tar', ['--zstd', '-C', root, '-xpf', file]);
  else {
    const archive = execFileSync('gzip', ['-dc'], { input: readFileSync(file) });
    execFileSync('cpio', ['-idm', '--quiet'], { cwd: root, input: archive });
  }
  return listing(root);
}
