import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { management, type Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { directoryIn, image, madeImage, ran, treeOf } from './images.ts';

const text = (path: string) => readFileSync(path, 'utf8');
const list = (mn: Management, name: string) =>
  join(mn.directory, 'install/custom/netboot/debian', name);
const archiveOf = (mn: Management) => join(mn.directory, `${image}.tgz`);
const namesIn = (archive: string) =>
  execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');

const set = (target: Management, node: string, scripts: string) =>
  ran(target, 'chtab', `node=${node}`, `postscripts.postscripts=${scripts}`);

describe('an image that is exported and imported on another management node', () => {
  test('has the same tree, files and rows there', async ({ mn }) => {
    const directory = await madeImage(mn);
    const archive = archiveOf(mn);
    expect(await ran(mn, 'imgexport', image)).toEqual([
      `Exporting ${image} to ${archive}...`,
      'Done!',
    ]);
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    await using other = await management();
    await ran(other, 'chtab', 'image=ALL,file=/var/log/', 'litefile.options=tmpfs');
    const out = await ran(other, 'imgimport', archive);
    expect(out[0]).toBe(`Successfully imported the image ${image}.`);
    const there = directoryIn(other);
    const {
      '/.statelite': _,
      '/.statelite/generation': mark,
      ...tree
    } = treeOf(join(there, 'rootimg'));
    expect(mark).toContain(Buffer.from('1\n').toString('hex'));
    const before = treeOf(join(directory, 'rootimg'));
    expect({ ...tree, '': '' }).toEqual({ ...before, '': '' });
    expect(text(join(there, 'kernel'))).toBe('the kernel');
    expect(text(join(there, 'initrd-statelite.gz'))).toBe('the initramfs');
    expect(text(list(other, 'compute.pkglist'))).toBe('systemd\n');
    expect(statSync(list(other, 'compute.postinstall')).mode & 0o777).toBe(0o755);
    const column = (name: string) => ran(other, 'gettab', `imagename=${image}`, name);
    expect(await column('osimage.description')).toEqual(['a < b & "c"']);
    expect(await column('linuximage.permission')).toEqual(['711']);
    expect(await column('linuximage.rootimgdir')).toEqual([there]);
    const script = `${list(other, 'compute.postinstall')} fast`;
    expect(await column('linuximage.postinstall')).toEqual([script]);
    expect((await ran(other, 'tabdump', 'litefile')).slice(1)).toEqual([
      '"ALL","/var/log/","tmpfs",,',
      `"${image}","/srv/","persistent",,`,
      `"${image}","/etc/motd","link",,`,
    ]);
    expect((await ran(other, 'tabdump', 'litetree')).slice(1)).toEqual([
      `"1.1","${image}","10.0.0.1:/all",,,`,
      `"1.0","${image}","10.0.0.1:/own",,,`,
    ]);
    expect(readdirSync(join(other.directory, 'install')).toSorted()).toEqual(['custom', 'netboot']);
  });

  test('with another profile stands beside the first, and its lists are called after it', async ({
    mn,
  }) => {
    await madeImage(mn);
    await ran(mn, 'imgexport', image);
    await ran(mn, 'imgimport', archiveOf(mn), '-f', 'login');
    const name = 'debian12-x86_64-statelite-login';
    expect(await ran(mn, 'gettab', `imagename=${name}`, 'linuximage.rootimgdir')).toEqual([
      directoryIn(mn, 'login'),
    ]);
    expect(text(list(mn, 'login.exlist'))).toBe('./usr/share/doc*\n');
    expect(text(join(directoryIn(mn, 'login'), 'rootimg/etc/passwd'))).toContain('root');
    expect(await ran(mn, 'tabdump', 'litefile')).toContain(`"${name}","/etc/motd","link",,`);
  });

  test('takes extra files and directories along, and puts them where it was told', async ({
    mn,
  }) => {
    await madeImage(mn);
    const scripts = join(mn.directory, 'install/postscripts');
    plantTree(mn.directory, {
      'install/postscripts/one': { text: 'first', mode: 0o755 },
      'dir/a': 'A',
      'dir/sub/b': 'B',
      'dir/link': { link: 'sub/b' },
      'install/postscripts/unrelated': 'x',
    });
    const words = ['-e', join(scripts, 'one'), '-e', `dir:${join(scripts, 'dir')}`];
    await ran(mn, 'imgexport', image, 'out.tgz', ...words);
    await using other = await management();
    await ran(other, 'imgimport', join(mn.directory, 'out.tgz'));
    const there = join(other.directory, 'install/postscripts');
    expect(readdirSync(there, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      'dir',
      'dir/a',
      'dir/link',
      'dir/sub',
      'dir/sub/b',
      'one',
    ]);
    expect(text(join(there, 'dir/link'))).toBe('B');
    expect(statSync(join(there, 'one')).mode & 0o777).toBe(0o755);
  });

  test('takes along what lists include, to where the lists look for it', async ({ mn }) => {
    await madeImage(mn);
    const lists = 'install/custom/netboot/debian';
    plantTree(mn.directory, {
      [`${lists}/compute.pkglist`]: '#ENV:KIND=base#\n#INCLUDE:../parts/$KIND.list#\nsystemd\n',
      'install/custom/netboot/parts/base.list': '#INCLUDE:more/kernel.list#\nbash\n',
      'install/custom/netboot/parts/more/kernel.list': '#INCLUDE:../base.list#\nlinux-image\n',
      'own/compute.exlist': '#INCLUDE:usual.exlist#\n./boot*\n',
      'own/usual.exlist': './usr/share/man*\n',
    });
    const exlist = join(mn.directory, 'own/compute.exlist');
    await ran(mn, 'chtab', `imagename=${image}`, `linuximage.exlist=${exlist}`);
    await ran(mn, 'imgexport', image);
    await using other = await management();
    await ran(other, 'imgimport', archiveOf(mn));
    const there = (path: string) => text(join(other.directory, 'install/custom/netboot', path));
    expect(there('parts/base.list')).toContain('bash');
    expect(there('parts/more/kernel.list')).toContain('linux-image');
    // A list that was elsewhere is with those of its platform now, and so is what it includes.
    expect(there('debian/compute.exlist')).toContain('./boot*');
    expect(there('debian/usual.exlist')).toBe('./usr/share/man*\n');
    await rm(join(mn.directory, 'own/usual.exlist'));
    const { err } = await mn.run('imgexport', image);
    expect(err).toContain(`${exlist} includes ${join(mn.directory, 'own/usual.exlist')}`);
  });

  test('puts extra files elsewhere only if that is allowed', async ({ mn }) => {
    await madeImage(mn);
    plantTree(mn.directory, { note: 'x' });
    await using other = await management();
    const outside = join(other.directory, 'outside');
    await ran(mn, 'imgexport', image, '-e', `note:${outside}`);
    const refused = await other.run('imgimport', archiveOf(mn));
    expect(refused.err).toContain(`${outside}/note`);
    expect(readdirSync(other.directory)).not.toContain('outside');
    await ran(other, 'imgimport', archiveOf(mn), '--allow', outside);
    expect(text(join(outside, 'note'))).toBe('x');
  });

  test('brings names of scripts to nodes, but for those that all nodes have', async ({ mn }) => {
    await madeImage(mn);
    await ran(mn, 'nodeadd', 'cn1', 'groups=compute');
    await set(mn, 'xcatdefaults', 'syslog,remoteshell');
    await set(mn, 'compute', 'otherpkgs,mine');
    await ran(mn, 'imgexport', image, '-p', 'cn1');
    await using other = await management();
    await ran(other, 'nodeadd', 'n1-n2', 'groups=all');
    await set(other, 'xcatdefaults', 'syslog,otherpkgs');
    await ran(other, 'imgimport', archiveOf(mn), '-p', 'n1-n2');
    const rows = await ran(other, 'tabdump', 'postscripts');
    expect(rows.filter((row) => row.startsWith('"n'))).toEqual([
      '"n1","remoteshell,mine",,,',
      '"n2","remoteshell,mine",,,',
    ]);
  });

  test('holds a packed root and its digest', async ({ mn }) => {
    const directory = await madeImage(mn);
    await writeFile(join(directory, 'rootimg-statelite.sfs'), 'squashfs');
    await writeFile(join(directory, 'rootimg-statelite.sfs.sha256'), 'digest');
    await ran(mn, 'imgexport', image);
    await using other = await management();
    await ran(other, 'imgimport', archiveOf(mn), '-n');
    expect(readdirSync(directoryIn(other)).toSorted()).toEqual([
      'generation.json',
      'initrd-statelite.gz',
      'kernel',
      'rootimg',
      'rootimg-statelite.sfs',
      'rootimg-statelite.sfs.sha256',
    ]);
    expect((await other.run('gettab', `imagename=${image}`, 'osimage.profile')).out).toEqual([]);
    expect((await ran(other, 'tabdump', 'litefile')).slice(1)).toEqual([]);
  });
});

describe('the archive', () => {
  test('has the layout of stock xCAT: its tree unpacks with cpio in rootimgdir', async ({ mn }) => {
    await madeImage(mn);
    await ran(mn, 'imgexport', image, 'out.tgz');
    const names = namesIn(join(mn.directory, 'out.tgz'));
    expect(names.toSorted()).toEqual(
      [
        `${image}/`,
        ...'compute.exlist compute.pkglist compute.postinstall initrd-statelite.gz kernel litefile.csv litetree.csv manifest.xml rootimgtree.gz rootimgtree.xattrs.gz statelite.csv'
          .split(' ')
          .map((name) => `${image}/${name}`),
      ].toSorted(),
    );
    plantTree(mn.directory, { stock: { dir: 0o755 } });
    const words = `tar -xzf out.tgz -C stock && cd stock && zcat ${image}/rootimgtree.gz | cpio -idum --quiet`;
    execFileSync('sh', ['-c', words], { cwd: mn.directory });
    expect(text(join(mn.directory, 'stock/rootimg/etc/passwd'))).toContain('root');
    expect(text(join(mn.directory, 'stock', image, 'litefile.csv'))).toContain(
      `"${image}","/var/log/","tmpfs",,\n`,
    );
  });

  test('of stock xCAT is imported: ./ before names, no attributes, no litetree', async ({ mn }) => {
    await madeImage(mn);
    const make = `
      mkdir -p stock/img && cd stock/img
      cp ../../install/netboot/debian12/x86_64/compute/kernel .
      cp ../../install/netboot/debian12/x86_64/compute/initrd-statelite.gz .
      (cd ../../install/netboot/debian12/x86_64/compute && find rootimg -print0 | cpio -H newc -o --quiet --null | gzip -c -) > rootimgtree.gz
      printf '"img","/etc/motd","tmpfs",,\\n"img","/etc/motd","persistent",,\\n' > litefile.csv
      cat > manifest.xml
      cd .. && tar czf ../stock.tgz .`;
    const manifest = `<?xml version="1.0"?>
<xcatimage>
  <kernel>/install/netboot/debian12/x86_64/stock/kernel</kernel>
  <linuximage>
    <imagename>img</imagename>
    <rootimgdir>/install/netboot/debian12/x86_64/stock</rootimgdir>
  </linuximage>
  <osimage>
    <imagename>img</imagename>
    <osarch>x86_64</osarch>
    <osvers>debian12</osvers>
    <profile>stock</profile>
    <provmethod>statelite</provmethod>
  </osimage>
</xcatimage>
`;
    execFileSync('sh', ['-ec', make], { cwd: mn.directory, input: manifest });
    await ran(mn, 'imgimport', 'stock.tgz');
    const there = directoryIn(mn, 'stock');
    expect(text(join(there, 'rootimg/etc/shadow'))).toContain('root');
    expect(await ran(mn, 'tabdump', 'litefile')).toContain('"img","/etc/motd","persistent",,');
  });

  test('goes to another machine and comes from there with scp', async ({ mn }) => {
    await madeImage(mn);
    const far = join(mn.directory, 'far');
    plantTree(mn.directory, {
      far: { dir: 0o755 },
      // Copies what is after `host:` to or from a directory that stands for the other machine.
      'bin/scp': {
        text: `#!/bin/sh
echo "$*" >> ${mn.directory}/scp.log
[ "$1 $2 $3" = "-B -q --" ] || exit 9
from=$4 to=$5
case $from in root@far:*) from=${far}/\${from#*:};; esac
case $to in root@far:*) to=${far}/\${to#*:};; esac
exec cp -- "$from" "$to"
`,
        mode: 0o755,
      },
    });
    const path = process.env['PATH'];
    process.env['PATH'] = `${mn.directory}/bin:${path}`;
    try {
      await ran(mn, 'imgexport', image, 'img.tgz', '-R', 'root@far');
      expect(readdirSync(far)).toEqual(['img.tgz']);
      expect(readdirSync(mn.directory).filter((name) => name.startsWith('.'))).toEqual([]);
      await using other = await management();
      await ran(other, 'imgimport', 'img.tgz', '-R', 'root@far');
      expect(text(join(directoryIn(other), 'kernel'))).toBe('the kernel');
      const { code, err } = await other.run('imgimport', 'none.tgz', '-R', 'root@far', '-f', 'x');
      expect(err).toContain('scp root@far:none.tgz');
      expect(code).toBe(1);
    } finally {
      process.env['PATH'] = path;
    }
  });

  test.for(['-oProxyCommand=x', 'a b', 'root@', 'root@-x', 'h;reboot', 'h:/etc'])(
    'does not go to %j, which is no host',
    async (host, { mn }) => {
      await madeImage(mn);
      const { code, err } = await mn.run('imgexport', image, `--remotehost=${host}`);
      expect(err).toContain('is not user@host');
      expect(code).toBe(2);
    },
  );
});
