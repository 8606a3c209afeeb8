import { lstat, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanApt } from '../../../../mgmt/image/genimage/clean-apt.ts';
import { imageTree } from '../../../../mgmt/image/genimage/inside.ts';
import { writeRootFiles } from '../../../../mgmt/image/genimage/root-files.ts';
import { hashOf, setRootPassword } from '../../../../mgmt/image/genimage/root-password.ts';
import { dropSshKeys } from '../../../../mgmt/image/genimage/ssh-keys.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

const profile = { profile: 'compute', osvers: 'debian12', osarch: 'x86_64' };
const shadow = { text: 'root:*:20000:0:99999:7:::\nbin:*:1::::::\n', mode: 0o640, gid: 42 };

describe('an image tree', () => {
  test('is never left, whatever its links say', async () => {
    await using outside = await tempRoot();
    plantTree(outside.path, { 'etc/hosts': 'host', 'image/etc': { link: `${outside.path}/etc` } });
    const tree = imageTree(join(outside.path, 'image'));
    await tree.write('/etc/hosts', 'image');
    await tree.link('/etc/x', '/target');
    await tree.remove('/etc/gone');
    expect(await readFile(join(outside.path, 'etc/hosts'), 'utf8')).toBe('host');
    expect(await tree.read('/etc/hosts')).toBe('image');
    expect(await tree.at('/etc/hosts')).toBe(join(tree.root, outside.path, 'etc/hosts'));
  });

  test('a rewritten file keeps owner and mode, unless another mode is named', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { 'etc/shadow': shadow, 'etc/hostname': { text: 'mn', mode: 0o755 } });
    const tree = imageTree(root.path);
    await tree.write('/etc/shadow', 'x');
    await tree.write('/etc/hostname', '', 0o644);
    expect(await stat(join(root.path, 'etc/shadow'))).toMatchObject({ mode: 0o100640, gid: 42 });
    expect((await stat(join(root.path, 'etc/hostname'))).mode).toBe(0o100644);
  });

  test('removing takes a link away, not what it leads to', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { 'a/file': 'x', link: { link: 'a' } });
    await imageTree(root.path).remove('/link');
    expect(await readFile(join(root.path, 'a/file'), 'utf8')).toBe('x');
  });
});

describe('a root for many nodes', () => {
  test('has no identity, and the mount points of statelite', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'etc/fstab': '# UNCONFIGURED\n',
      'etc/hostname': 'mn\n',
      'etc/machine-id': '6b1b1d7e\n',
      'etc/resolv.conf': 'nameserver 10.0.0.1\n',
      'var/lib/dbus/machine-id': '6b1b1d7e\n',
      'usr/lib/systemd/system/apt-daily.timer': '',
      lib: { link: 'usr/lib' },
    });
    const tree = imageTree(root.path);
    await writeRootFiles(tree, profile);
    expect(await tree.read('/etc/hostname')).toBe('');
    expect(await tree.read('/etc/machine-id')).toBe('');
    expect(await readlink(join(root.path, 'var/lib/dbus/machine-id'))).toBe('/etc/machine-id');
    expect(await tree.read('/etc/resolv.conf')).toContain('Dummy resolv.conf');
    expect(await tree.read('/etc/hosts')).toContain('127.0.0.1\tlocalhost');
    expect(await tree.read('/etc/fstab')).toContain('compute_x86_64  /        tmpfs    ro');
    expect(await readlink(join(root.path, 'etc/systemd/system/apt-daily.timer'))).toBe('/dev/null');
    for (const path of [
      '.default',
      '.statelite',
      '.sllocal/localmnt',
      '.sllocal/log',
      'xcatpost',
    ]) {
      expect((await lstat(join(root.path, path))).isDirectory()).toBe(true);
    }
  });

  test('has no settings or sources of the build', async () => {
    await using root = await tempRoot();
    const main = 'Types: deb\nURIs: http://d.example.com\nSuites: bookworm\nSigned-By:\n .\n x\n';
    plantTree(root.path, {
      'etc/apt/apt.conf.d/99mmdebstrap': 'Acquire::http::Proxy "http://p";\n',
      'etc/apt/sources.list.d/0000main.sources': `${main}\nTypes: deb\nURIs: copy:///w/other1\nSuites: ./\n`,
      'etc/apt/sources.list.d/site.list': 'deb copy:/kept x\n',
    });
    const tree = imageTree(root.path);
    await cleanApt(tree);
    expect(await tree.exists('/etc/apt/apt.conf.d/99mmdebstrap')).toBe(false);
    expect(await tree.read('/etc/apt/sources.list.d/0000main.sources')).toBe(main);
    expect(await tree.read('/etc/apt/sources.list.d/site.list')).toBe('deb copy:/kept x\n');
  });

  test('whose resolv.conf is made in /run keeps it so', async () => {
    await using root = await tempRoot();
    const target = '../run/systemd/resolve/stub-resolv.conf';
    plantTree(root.path, { 'etc/resolv.conf': { link: target } });
    await writeRootFiles(imageTree(root.path), profile);
    expect(await readlink(join(root.path, 'etc/resolv.conf'))).toBe(target);
  });

  test('has no ssh host keys, and a unit that makes them where it can', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'lib/systemd/system/ssh.service': '',
      'etc/ssh/sshd_config': 'x',
      'etc/ssh/ssh_host_ed25519_key': 'secret',
      'etc/ssh/ssh_host_ed25519_key.pub': 'public',
    });
    const tree = imageTree(root.path);
    await dropSshKeys(tree);
    expect(await tree.exists('/etc/ssh/ssh_host_ed25519_key')).toBe(false);
    expect(await tree.exists('/etc/ssh/ssh_host_ed25519_key.pub')).toBe(false);
    expect(await tree.read('/etc/ssh/sshd_config')).toBe('x');
    expect(await tree.read('/etc/systemd/system/statelite-ssh-keys.service')).toContain(
      'ConditionPathIsReadWrite=/etc/ssh',
    );
  });

  test('the same where the unit is called sshd, and a policy that nothing is labelled for is off', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'usr/lib/systemd/system/sshd.service': '',
      lib: { link: 'usr/lib' },
      'etc/ssh/ssh_host_rsa_key': 'secret',
      'etc/selinux/config': '# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n',
    });
    const tree = imageTree(root.path);
    await dropSshKeys(tree);
    await writeRootFiles(tree, profile);
    expect(await tree.exists('/etc/ssh/ssh_host_rsa_key')).toBe(false);
    expect(await tree.read('/etc/systemd/system/sshd.service.d/statelite.conf')).toContain(
      'Wants=statelite-ssh-keys.service',
    );
    expect(await tree.exists('/etc/systemd/system/ssh.service.d')).toBe(false);
    expect(await tree.read('/etc/selinux/config')).toBe(
      '# x\nSELINUX=disabled\nSELINUXTYPE=targeted\n',
    );
  });

  test('without an ssh server is left alone', async () => {
    await using root = await tempRoot();
    await dropSshKeys(imageTree(root.path));
    expect(await imageTree(root.path).exists('/etc')).toBe(false);
  });
});

describe("root's password", () => {
  test('is encrypted before it gets into the image', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { 'etc/shadow': shadow });
    const tree = imageTree(root.path);
    const note = await setRootPassword(tree, { password: 'cluster: $1', cryptmethod: '' });
    expect(note).toContain('root can log in');
    expect(await tree.read('/etc/shadow')).toMatch(/^root:\$6\$[^:]+:20000:0:99999:7:::\nbin:/);
  });

  test('that is encrypted already is taken as it is', async () => {
    const crypt = '$y$j9T$salt$hash./x';
    expect(await hashOf({ password: crypt, cryptmethod: '' })).toBe(crypt);
    expect(await hashOf({ password: 'x', cryptmethod: 'MD5' })).toMatch(/^\$1\$/);
  });

  test('that is missing locks the account, with a note', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { 'etc/shadow': 'root::1:::::\n' });
    const tree = imageTree(root.path);
    expect(await setRootPassword(tree, undefined)).toContain('root has no password');
    expect(await tree.read('/etc/shadow')).toBe('root:*:1:::::\n');
  });

  test.for([
    [{ password: 'x', cryptmethod: 'rot13' }, /cryptmethod "rot13" is unknown/],
    [{ password: 'a\nb', cryptmethod: '' }, /holds a line break/],
  ] as const)('%j is refused, naming the row', async ([row, message]) => {
    await expect(hashOf(row)).rejects.toThrow(message);
    await expect(hashOf(row)).rejects.toThrow(/passwd row key=system, username=root/);
  });

  test('cannot be set in an image without accounts', async () => {
    await using root = await tempRoot();
    await expect(setRootPassword(imageTree(root.path), undefined)).rejects.toThrow(
      /no \/etc\/shadow/,
    );
  });
});
