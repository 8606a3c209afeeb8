import { execFileSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync, readFileSync, readlinkSync, utimesSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import type { Management } from '../../../helpers/mgmt.ts';
import { plantTree } from '../../../helpers/tree.ts';

/** The image of these tests. */
export const image = 'debian12-x86_64-statelite-compute';

/** Where an image is by default. */
export function directoryIn(mn: Management, profile = 'compute'): string {
  return join(mn.directory, 'install/netboot/debian12/x86_64', profile);
}

/** An image with everything that a tree may hold, its lists, and rows of all kinds. */
export async function madeImage(mn: Management): Promise<string> {
  const directory = directoryIn(mn);
  const custom = join(mn.directory, 'install/custom/netboot/debian');
  plantTree(directory, {
    kernel: 'the kernel',
    'initrd-statelite.gz': 'the initramfs',
    'rootimg/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    'rootimg/etc/shadow': { text: 'root:*:1::::::\n', mode: 0o640, gid: 42 },
    'rootimg/etc/os-release': { link: '../usr/lib/os-release' },
    'rootimg/etc/alternatives/editor': { link: '/usr/bin/vi' },
    'rootimg/usr/bin/su': { text: 'su', mode: 0o4755 },
    'rootimg/usr/bin/ping': { text: 'ping', mode: 0o755 },
    'rootimg/usr/share/doc': { dir: 0o755 },
    'rootimg/var/mail': { dir: 0o2775, gid: 8 },
    'rootimg/tmp': { dir: 0o1777 },
    'rootimg/srv/a b\nc': { text: 'odd', uid: 1000, gid: 1000 },
    'rootimg/TRAILER!!!': 'not the end',
  });
  const root = join(directory, 'rootimg');
  await link(join(root, 'usr/bin/ping'), join(root, 'usr/bin/ping6'));
  execFileSync('mknod', [join(root, 'srv/fifo'), 'p']);
  plantTree(root, { dev: { dir: 0o755 } });
  execFileSync('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  const cap = '0x0100000200200000000000000000000000000000';
  execFileSync('setfattr', ['-n', 'security.capability', '-v', cap, join(root, 'usr/bin/ping')]);
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'é', join(root, 'srv/a b\nc')]);
  execFileSync('setfattr', ['-h', '-n', 'trusted.link', '-v', 'l', join(root, 'etc/os-release')]);
  chownSync(root, 0, 0);
  for (const path of ['usr/bin/su', 'var/mail', 'etc', '']) utimesSync(join(root, path), 1e9, 1e9);
  plantTree(custom, {
    'compute.pkglist': 'systemd\n',
    'compute.exlist': './usr/share/doc*\n',
    'compute.postinstall': { text: '#!/bin/sh\n', mode: 0o755 },
  });
  const columns = {
    osimage: {
      provmethod: 'statelite',
      profile: 'compute',
      osvers: 'debian12',
      osarch: 'x86_64',
      imagetype: 'linux',
      groups: 'compute,all',
      description: 'a < b & "c"',
    },
    linuximage: {
      rootimgdir: directory,
      pkglist: join(custom, 'compute.pkglist'),
      exlist: join(custom, 'compute.exlist'),
      postinstall: `${join(custom, 'compute.postinstall')} fast`,
      permission: '711',
    },
  };
  for (const [table, values] of Object.entries(columns)) {
    const words = Object.entries(values).map(([column, value]) => `${table}.${column}=${value}`);
    await ran(mn, 'chtab', `imagename=${image}`, ...words);
  }
  await ran(mn, 'chtab', 'image=ALL,file=/etc/motd', 'litefile.options=tmpfs');
  await ran(mn, 'chtab', 'image=ALL,file=/var/log/', 'litefile.options=tmpfs');
  await ran(mn, 'chtab', 'image=compute,file=/srv/', 'litefile.options=persistent');
  await ran(mn, 'chtab', `image=${image},file=/etc/motd`, 'litefile.options=');
  await ran(mn, 'chtab', 'priority=1.0,image=ALL', 'litetree.directory=10.0.0.1:/all');
  await ran(mn, 'chtab', `priority=1.0,image=${image}`, 'litetree.directory=10.0.0.1:/own');
  return directory;
}

/** Runs a command that must succeed; its lines. */
export async function ran(mn: Management, ...argv: string[]): Promise<string[]> {
  const { code, out, err } = await mn.run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  return out;
}

/** Everything about a tree that an archive must keep; of times only seconds, of links who shares. */
export function treeOf(root: string): Readonly<Record<string, string>> {
  const tree: Record<string, string> = {};
  const names = new Map<bigint, string>();
  const visit = (path: string): void => {
    const at = join(root, path);
    const stats = lstatSync(at, { bigint: true });
    const { mode, uid, gid, mtimeNs, rdev } = stats;
    const first = stats.isDirectory() ? path : (names.get(stats.ino) ?? path);
    names.set(stats.ino, first);
    const content = stats.isFile()
      ? readFileSync(at, 'hex')
      : stats.isSymbolicLink()
        ? readlinkSync(at)
        : `${rdev}`;
    const when = stats.isSymbolicLink() ? '' : `${mtimeNs / 1_000_000_000n}`;
    tree[path] = [mode.toString(8), uid, gid, when, first, content].join(' ');
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(at).toSorted()) visit(`${path}/${name}`);
  };
  visit('');
  return { ...tree, '(xattrs)': xattrsOf(root) };
}

function xattrsOf(root: string): string {
  const argv = ['-R', '-h', '-P', '-d', '-m', '-', '-e', 'hex', '.'];
  const dump = execFileSync('getfattr', argv, { cwd: root, encoding: 'latin1' });
  return dump.split('\n\n').toSorted().join('\n\n');
}
