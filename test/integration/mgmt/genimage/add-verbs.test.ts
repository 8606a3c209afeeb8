import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

const key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk admin@mn';
const image = 'install/netboot/rocky9/x86_64/compute/rootimg';
const sshd = 'Port 22\nMaxStartups 10\n#X11Forwarding no\nMatch User x\n  X11Forwarding no\n';

/** An image as genimage leaves it, as far as these verbs look at it. */
function plantImage(directory: string): string {
  plantTree(join(directory, image), {
    'etc/shadow': { text: 'root:*:1::::::\nbin:*:1::::::\n', mode: 0o600 },
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    'etc/ssh/sshd_config': { text: sshd, mode: 0o600 },
  });
  return join(directory, image);
}

test("add_passwd sets root's password and no other, from the passwd table alone", async ({
  mn,
}) => {
  const root = plantImage(mn.directory);
  const refused = await mn.run('add_passwd', image);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no password of root') });
  await mn.run('chtab', 'key=system,username=root', 'passwd.password=cluster');
  expect(await mn.run('add_passwd', image)).toMatchObject({ code: 0 });
  const shadow = await readFile(join(root, 'etc/shadow'), 'utf8');
  expect(shadow).toMatch(/^root:\$6\$[^:]+:1::::::\nbin:\*:1::::::\n$/);
  expect((await stat(join(root, 'etc/shadow'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(root, 'etc/passwd'), 'utf8')).toBe('root:x:0:0::/root:/bin/sh\n');
});

test('add_ssh installs public keys and nothing else of this machine', async ({ mn }) => {
  const root = plantImage(mn.directory);
  plantTree(mn.directory, { 'install/postscripts/_ssh/authorized_keys': `# admins\n${key}\n` });
  expect(await mn.run('add_ssh', image)).toMatchObject({ code: 0 });
  expect(await mn.run('add_ssh', image)).toMatchObject({ code: 0 });
  expect(await readdir(join(root, 'root/.ssh'))).toEqual(['authorized_keys']);
  expect(await readFile(join(root, 'root/.ssh/authorized_keys'), 'utf8')).toBe(
    `# admins\n${key}\n`,
  );
  expect((await stat(join(root, 'root/.ssh'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(root, 'root/.ssh/authorized_keys'))).mode & 0o777).toBe(0o600);
  const config = await readFile(join(root, 'etc/ssh/sshd_config'), 'utf8');
  expect(config).toMatch(
    /^# [^\n]+\nMaxStartups 100:30:200\nX11Forwarding yes\nPort 22\n#MaxStartups/,
  );
  expect(config).toContain('Match User x\n#X11Forwarding no\n');
  expect(await readFile(join(root, 'etc/ssh/sshd_config.ORIG'), 'utf8')).toBe(sshd);
});

test('add_ssh takes keys of a file that is named, and refuses private ones', async ({ mn }) => {
  const root = plantImage(mn.directory);
  const missing = await mn.run('add_ssh', image);
  expect(missing).toMatchObject({
    code: 1,
    err: expect.stringContaining('no file of public keys'),
  });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(mn.directory, 'id')]);
  const secret = await mn.run('add_ssh', image, '--keys', 'id');
  expect(secret).toMatchObject({ code: 1, err: expect.stringContaining('is no public key') });
  expect(await readdir(root)).toEqual(['etc']);
  expect(await mn.run('add_ssh', image, '--keys', 'id.pub')).toMatchObject({ code: 0 });
});

test("the management node's own root is refused, by any name", async ({ mn }) => {
  await mn.run('chtab', 'key=system,username=root', 'passwd.password=cluster');
  plantTree(mn.directory, { 'link/rootimg': { link: '/' } });
  await mkdir(join(mn.directory, 'empty'));
  for (const verb of ['add_passwd', 'add_ssh']) {
    for (const path of ['/', '/proc/self/root', 'link/rootimg', '/etc/..']) {
      expect(await mn.run(verb, path)).toMatchObject({
        code: 1,
        err: expect.stringContaining("is this machine's own root"),
      });
    }
    expect(await mn.run(verb, 'empty')).toMatchObject({
      err: expect.stringContaining('no root image'),
    });
    expect(await mn.run(verb, 'gone')).toMatchObject({
      err: expect.stringContaining('no root image'),
    });
  }
});

test('an image that leads out of itself is followed inside it only', async ({ mn }) => {
  const outside = join(mn.directory, 'outside');
  plantTree(mn.directory, {
    [`${image}/etc/shadow`]: 'root:*:1::::::\n',
    [`${image}/root`]: { link: outside },
    'outside/kept': '',
    'key.pub': key,
  });
  expect(await mn.run('add_ssh', image, '--keys', 'key.pub')).toMatchObject({ code: 0 });
  expect(await readdir(outside)).toEqual(['kept']);
});

test('neither changes an image that another command is changing', async ({ mn }) => {
  const root = plantImage(mn.directory);
  plantTree(mn.directory, { 'key.pub': key });
  await withImageLock(join(root, '..'), async () => {
    expect(await mn.run('add_ssh', image, '--keys', 'key.pub')).toMatchObject({
      code: 1,
      err: expect.stringContaining('another command is changing the image'),
    });
  });
});
