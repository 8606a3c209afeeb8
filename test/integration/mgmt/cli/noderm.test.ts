import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

const program = join(import.meta.dirname, '../../../../mgmt/main.ts');
const readonly = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; shift; exec "$@"';

/** What a command of the program does where tftpdir is read-only; it has to end with 0. */
async function onReadonly(mn: Management, ...argv: string[]) {
  const within = ['--mount', '--propagation', 'private', 'sh', '-euc', readonly, 'sh'];
  const node = [process.execPath, '--no-warnings', program];
  const all = [...within, join(mn.directory, 'tftpboot'), ...node, ...argv];
  return promisify(execFile)('unshare', all, { env: { ...process.env, ...mn.io.env } });
}

beforeEach<{ mn: Management }>(async ({ mn }) => {
  const values = ['mac.mac=52:54:00:77:00:01', 'hosts.ip=10.77.0.11', 'noderes.netboot=pxe'];
  await mn.run('nodeadd', 'n1', 'groups=all', ...values);
  await mn.run('nodeset', 'n1', 'boot');
});

test('boot files that cannot be removed are named, after what was done', async ({ mn }) => {
  const { stdout, stderr } = await onReadonly(mn, 'noderm', 'n1', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ nodes: ['n1'] });
  expect(stderr).toMatch(/boot files were not removed: .* the file system is read-only/u);
  const paths = ['n1', '01-52-54-00-77-00-01', '0A4D000B'].map((name) =>
    join(mn.directory, 'tftpboot/pxelinux.cfg', name),
  );
  expect(stderr).toContain(`still there of n1: boot files: rm ${paths.join(' ')}\n`);
  expect(stderr).not.toMatch(/^\s+at /mu);
  expect((await mn.run('nodels')).out).toEqual([]);
});

test('a renamed node is to be set again all the same', async ({ mn }) => {
  const { stdout, stderr } = await onReadonly(mn, 'chdef', '-t', 'node', '-o', 'n1', '-n', 'x1');
  expect(stdout).toContain('1 object definitions have been created or modified.');
  expect(stderr).toContain('still there of n1: boot files: rm ');
  expect(stderr).toContain('x1 boots nothing yet, n1 did: nodeset x1 boot\n');
});

test('a file of DHCP or DNS that cannot be read is a warning', async ({ mn }) => {
  const generated = join(mn.directory, 'etc/generated');
  mkdirSync(join(generated, 'dnsmasq-hosts'), { recursive: true });
  mkdirSync(join(generated, 'dnsmasq-names'));
  const { code, out, err } = await mn.run('noderm', 'n1', '--json');
  expect([code, JSON.parse(out.join(''))]).toMatchObject([0, { nodes: ['n1'] }]);
  expect(err).toMatch(/DHCP was not looked at: .*EISDIR/u);
  expect(err).toMatch(/DNS was not looked at: .*EISDIR/u);
});

test('the file that pxelinux takes for all others is not of a node called default', async ({
  mn,
}) => {
  const tftpdir = join(mn.directory, 'tftpboot');
  plantTree(tftpdir, { 'pxelinux.cfg/default': 'of the site', 'etc/default': 'of yaboot' });
  const values = ['mac.mac=52:54:00:77:00:02', 'noderes.netboot=xnba'];
  await mn.run('nodeadd', 'default', 'groups=all', ...values);
  expect((await mn.run('nodeset', 'default', 'boot')).out).toEqual(['default: boot']);
  expect(readdirSync(join(tftpdir, 'xcat/xnba/nodes'))).toEqual(['default']);
  expect(readdirSync(join(tftpdir, 'etc'))).toEqual([]); // left behind by an earlier netboot
  await mn.run('noderm', 'default');
  expect(readdirSync(join(tftpdir, 'xcat/xnba/nodes'))).toEqual([]);
  expect(readdirSync(join(tftpdir, 'pxelinux.cfg'))).toContain('default');
});
