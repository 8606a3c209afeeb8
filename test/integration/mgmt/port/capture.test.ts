import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, vi } from 'vitest';
import { readCluster } from '../../../../mgmt/db/read-cluster.ts';
import { chooseImage } from '../../../../mgmt/image/genimage/choose-image.ts';
import { captureExclusions, captureImage } from '../../../../mgmt/image/port/capture.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { directoryIn, ran } from './images.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const disks =
  '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /proc rw - proc proc rw\n3 1 0:9 / /home rw - nfs4 mn:/home rw\n';

/** A node in a directory, and an ssh that runs what it is told there: real tar on both sides. */
async function node(mn: Management, mountinfo = disks): Promise<string> {
  const root = join(mn.directory, 'node');
  plantTree(root, {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    'etc/fstab': '/dev/sda1 / ext4 defaults 0 1\n',
    'etc/machine-id': '0123456789abcdef\n',
    'etc/ssh/ssh_host_rsa_key': 'secret',
    'etc/ssh/sshd_config': 'x',
    'boot/vmlinuz-6.1.0': 'kernel of the node',
    'lib/modules/6.1.0/modules.builtin': '',
    'usr/bin/su': { text: 'su', mode: 0o4755 },
    'srv/data': { text: 'd', uid: 1000, gid: 1000, mode: 0o640 },
    'srv/link': { link: '/srv/data' },
    'tmp/junk': 'x',
    'home/alice/mail': 'private',
    'proc/1/cmdline': 'init',
    swapfile: 'x',
  });
  execFileSync('ln', [join(root, 'srv/data'), join(root, 'srv/same')]);
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'x', join(root, 'srv/data')]);
  await writeFile(join(mn.directory, 'mountinfo'), mountinfo);
  plantTree(mn.directory, {
    'bin/ssh': {
      text: `#!/bin/sh
echo "$*" >> ${mn.directory}/ssh.log
[ "$1 $2 $3 $4 $5 $6" = "-o BatchMode=yes -o ConnectTimeout=20 -- cn1" ] || exit 255
words=$(printf %s "$7" | sed 's#--directory=/#--directory=${root}#; s#/proc/self/mountinfo#${mn.directory}/mountinfo#')
exec sh -c "$words"
`,
      mode: 0o755,
    },
  });
  vi.stubEnv('PATH', `${mn.directory}/bin:${process.env['PATH']}`);
  await ran(mn, 'nodeadd', 'cn1', 'groups=all');
  await ran(
    mn,
    'nodech',
    'cn1',
    'nodetype.os=debian12',
    'nodetype.arch=x86_64',
    'nodetype.profile=compute',
  );
  return root;
}

/** imgcapture without the initramfs's real contents, which need a built agent. */
async function capture(mn: Management, profile = 'compute') {
  const settings = {
    installdir: join(mn.directory, 'install'),
    tftpdir: join(mn.directory, 'tftpboot'),
  };
  const store = mn.store();
  const { site } = await readCluster(store, settings);
  const which = { osvers: 'debian12', osarch: 'x86_64', profile };
  const { log } = recordingLogger();
  const spec = await chooseImage(which, {}, { store, settings, log, write: true });
  const { patterns } = await captureExclusions(spec, site.installdir);
  return captureImage('cn1', spec, patterns, {
    signal: new AbortController().signal,
    progress: { step: () => {}, update: () => {}, done: () => {} },
    buildInitramfs: async ({ kernel, output }) => {
      await writeFile(output, `initramfs of ${kernel}`);
      return [];
    },
  });
}

describe('a captured node', () => {
  test('becomes an image: its tree, its kernel, and none of its identity', async ({ mn }) => {
    await node(mn);
    expect(await capture(mn)).toMatchObject({
      kernel: '6.1.0',
      mounts: ['/proc', '/home'],
      warnings: [],
    });
    const image = directoryIn(mn);
    const root = join(image, 'rootimg');
    const text = (path: string) => readFileSync(join(root, path), 'utf8');
    expect(readFileSync(join(image, 'kernel'), 'utf8')).toBe('kernel of the node');
    expect(readFileSync(join(image, 'initrd-statelite.gz'), 'utf8')).toBe('initramfs of 6.1.0');
    expect(statSync(join(root, 'usr/bin/su')).mode & 0o7777).toBe(0o4755);
    expect(statSync(join(root, 'srv/data'))).toMatchObject({ uid: 1000, gid: 1000, nlink: 2 });
    const note = ['--only-values', '-n', 'user.note', join(root, 'srv/same')];
    expect(execFileSync('getfattr', ['--absolute-names', ...note], { encoding: 'utf8' })).toBe('x');
    expect(text('etc/machine-id')).toBe('');
    expect(text('etc/fstab')).not.toContain('sda1');
    expect(readdirSync(join(root, 'etc/ssh'))).toEqual(['sshd_config']);
    for (const path of ['home', 'proc', 'tmp']) expect(readdirSync(join(root, path))).toEqual([]);
    expect(statSync(join(root, 'tmp')).mode & 0o7777).toBe(0o1777);
    expect(existsSync(join(root, 'swapfile'))).toBe(false);
  });

  test('stays as it is', async ({ mn }) => {
    const root = await node(mn);
    await capture(mn);
    expect(readFileSync(join(root, 'etc/fstab'), 'utf8')).toContain('sda1');
    expect(readFileSync(join(mn.directory, 'ssh.log'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  test('lacks what the list of its profile says, and only that', async ({ mn }) => {
    await node(mn);
    plantTree(mn.directory, {
      'install/custom/netboot/debian/compute.imgcapture.exlist': '# ours\n./srv/li*\n./tmp/*\n',
    });
    await capture(mn);
    const root = join(directoryIn(mn), 'rootimg');
    expect(readdirSync(join(root, 'srv')).toSorted()).toEqual(['data', 'same']);
    expect(existsSync(join(root, 'swapfile'))).toBe(true);
    expect(readdirSync(join(root, 'home'))).toEqual([]);
  });

  test('becomes the next generation of an image that there is', async ({ mn }) => {
    const root = await node(mn);
    await capture(mn);
    await writeFile(join(root, 'etc/passwd'), 'changed');
    await capture(mn);
    const first = `${directoryIn(mn)}.generations/1/rootimg/etc/passwd`;
    expect(readFileSync(join(directoryIn(mn), 'rootimg/etc/passwd'), 'utf8')).toBe('changed');
    expect(readFileSync(first, 'utf8')).toContain('root');
  });

  test('without a kernel is refused, and the image stays', async ({ mn }) => {
    const root = await node(mn);
    await capture(mn);
    execFileSync('rm', [join(root, 'boot/vmlinuz-6.1.0')]);
    await expect(capture(mn)).rejects.toThrow('has no kernel');
    expect(readFileSync(join(directoryIn(mn), 'kernel'), 'utf8')).toBe('kernel of the node');
    expect(readdirSync(`${directoryIn(mn)}.generations`)).toEqual([]);
  });

  test('that cannot be reached is an error with the words of ssh', async ({ mn }) => {
    await node(mn);
    plantTree(mn.directory, {
      'bin/ssh': { text: '#!/bin/sh\necho no route to host >&2\nexit 255\n', mode: 0o755 },
    });
    await expect(capture(mn)).rejects.toMatchObject({
      code: 'ERR_STATELITE_COMMAND',
      message: 'ssh failed (exit 255)\n  no route to host',
    });
  });
});

describe('imgcapture', () => {
  test('refuses a node whose root is no disk', async ({ mn }) => {
    await node(mn, '1 0 0:9 / / ro - nfs4 mn:/install rw\n');
    const { code, err } = await mn.run('imgcapture', 'cn1');
    expect(err).toContain('the root of cn1 is nfs4, not on a disk');
    expect(code).toBe(1);
  });

  test('refuses unknown nodes, nodes without a system, and images of another one', async ({
    mn,
  }) => {
    await node(mn);
    expect((await mn.run('imgcapture', 'cn2')).err).toContain('there is no node cn2');
    await ran(mn, 'nodeadd', 'cn3', 'groups=all');
    expect((await mn.run('imgcapture', 'cn3')).err).toContain(
      'nodetype.os, nodetype.arch, nodetype.profile',
    );
    await ran(mn, 'chtab', 'imagename=other', 'osimage.osvers=rocky9', 'osimage.osarch=x86_64');
    expect((await mn.run('imgcapture', 'cn1', '-o', 'other')).err).toContain(
      'cn1 is debian12, and osimage other is rocky9',
    );
    expect((await mn.run('imgcapture', 'cn1', '-o', 'other', '-p', 'x')).code).toBe(2);
  });
});
