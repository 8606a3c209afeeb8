import { lstat, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imageTree, type ImageTree } from '../../../../mgmt/image/genimage/inside.ts';
import { askingProgramNote } from '../../../../mgmt/image/node-scripts/asking-program.ts';
import {
  caPath,
  nodeProgram,
  programPath,
} from '../../../../mgmt/image/node-scripts/node-program.ts';
import {
  planNodeScripts,
  writeNodeScripts,
} from '../../../../mgmt/image/node-scripts/node-scripts.ts';
import { plantTree } from '../../../helpers/tree.ts';

let directory: string;
let tree: ImageTree;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'statelite-')));
  plantTree(directory, { outside: { dir: 0o755 }, 'rootimg/etc/hosts': '' });
  tree = imageTree(join(directory, 'rootimg'));
});
afterEach(() => rm(directory, { recursive: true }));

const plant = (files: Parameters<typeof plantTree>[1]) => plantTree(tree.root, files);

/** Plans and writes; the paths. */
async function install(ca = 'CA\n'): Promise<string[]> {
  const files = await planNodeScripts(tree, ca);
  await writeNodeScripts(tree, files);
  return files.map(({ path }) => path);
}

describe('an image with systemd', () => {
  beforeEach(() => plant({ 'usr/lib/systemd/systemd': 'x', lib: { link: 'usr/lib' } }));

  test('gets the program, the CA, and units that are enabled', async () => {
    const units = '/usr/lib/systemd/system';
    expect(await install()).toEqual([
      programPath,
      caPath,
      `${units}/statelite-node.service`,
      `${units}/multi-user.target.wants/statelite-node.service`,
      `${units}/statelite-down.service`,
      `${units}/multi-user.target.wants/statelite-down.service`,
      '/xcatpost/syslog',
      '/xcatpost/remoteshell',
      '/xcatpost/syncfiles',
      '/xcatpost/otherpkgs',
    ]);
    expect(await readFile(join(tree.root, programPath), 'utf8')).toBe(nodeProgram);
    expect((await lstat(join(tree.root, programPath))).mode & 0o777).toBe(0o755);
    const wanted = join(tree.root, `${units}/multi-user.target.wants/statelite-node.service`);
    expect(await readlink(wanted)).toBe('../statelite-node.service');
    expect(await readFile(wanted, 'utf8')).toContain(`ExecStart=${programPath} start\n`);
  });

  test('gets nothing twice, and what has changed again', async () => {
    await install();
    expect(await install()).toEqual([]);
    expect(await install('another CA\n')).toEqual([caPath]);
    await tree.write(programPath, 'old', 0o755);
    expect(await install('another CA\n')).toEqual([programPath]);
  });

  test('keeps the postscripts that it has', async () => {
    plant({ 'xcatpost/syslog': 'mine' });
    expect(await install()).not.toContain('/xcatpost/syslog');
    expect(await readFile(join(tree.root, 'xcatpost/syslog'), 'utf8')).toBe('mine');
  });

  test('keeps its CA where this machine has none', async () => {
    await install();
    expect(await planNodeScripts(tree, undefined)).toEqual([]);
  });

  test('is written inside, whatever links it holds', async () => {
    plant({ 'usr/lib/statelite': { link: '../../../../../../outside' } });
    await install();
    expect(await readFile(join(tree.root, 'outside/node'), 'utf8')).toBe(nodeProgram);
    expect(await readdir(join(directory, 'outside'))).toEqual([]);
  });
});

describe('an image with sysvinit', () => {
  const script = '/etc/init.d/statelite-node';

  test.for([
    ['etc/rc3.d', 'etc/rc0.d'],
    ['etc/rc.d/rc3.d', 'etc/rc.d/rc6.d'],
    ['etc/init.d/rc3.d', 'etc/init.d/rc5.d'],
  ] as const)('gets a script for each runlevel: %s', async ([level, last]) => {
    const isBelow = level.startsWith('etc/rc.d');
    plant({
      [`${level}/S20cron`]: 'x',
      [isBelow ? 'etc/rc.d/init.d/cron' : 'etc/init.d/cron']: 'x',
    });
    if (isBelow) plant({ 'etc/init.d': { link: 'rc.d/init.d' } });
    const paths = await install();
    expect(paths).toContain(script);
    expect(paths).toContain(`/${level}/S99statelite-node`);
    expect(paths).toContain(`/${last}/K00statelite-node`);
    expect(await readFile(join(tree.root, last, 'K00statelite-node'), 'utf8')).toContain(
      `${programPath} stop`,
    );
    expect(await install()).toEqual([]);
  });

  test('is the one that counts, though systemd is there besides', async () => {
    plant({ 'sbin/init': 'x', 'lib/systemd/systemd': 'x', 'etc/rc3.d/S20cron': 'x' });
    expect(await install()).toContain(script);
    await tree.link('/sbin/init', '/lib/systemd/systemd');
    expect(await install()).toContain('/lib/systemd/system/statelite-node.service');
  });

  test('has it in the order of its services, if it has one', async () => {
    const depend = 'TARGETS = cron\nINTERACTIVE =\n';
    plant({
      'etc/rc3.d/S01cron': 'x',
      'etc/init.d/.depend.start': depend,
      'etc/init.d/.depend.stop': 'TARGETS = cron\n',
    });
    await install();
    expect(await install()).toEqual([]);
    expect(await tree.read('/etc/init.d/.depend.start')).toContain(
      'TARGETS = cron statelite-node\n',
    );
    expect(await tree.read('/etc/init.d/.depend.stop')).toContain('cron: statelite-node\n');
  });

  test('keeps the links that insserv numbered anew', async () => {
    plant({
      'etc/init.d/cron': 'x',
      'etc/rc3.d/S05statelite-node': { link: '../init.d/statelite-node' },
    });
    const paths = await install();
    expect(paths).toContain('/etc/rc2.d/S99statelite-node');
    expect(paths).not.toContain('/etc/rc3.d/S99statelite-node');
  });
});

describe('an image with another init', () => {
  test('gets two lines of inittab if it is that of busybox, once', async () => {
    const before = '# mine\n\n::sysinit:/etc/rcS\n::shutdown:/sbin/ifdown eth0\n';
    plant({ 'sbin/init': { link: '../bin/busybox' }, 'etc/inittab': before });
    await install();
    expect(await install()).toEqual([]);
    expect(await readFile(join(tree.root, 'etc/inittab'), 'utf8')).toBe(
      `::shutdown:${programPath} stop\n${before}::once:${programPath} start\n`,
    );
  });

  test('gets nothing if nobody would start it', async () => {
    expect(await install()).toEqual([]);
  });
});

test('a note tells of an image that cannot ask anybody anything', async () => {
  expect(await askingProgramNote(tree)).toContain('neither curl nor openssl');
  plant({ 'usr/bin/openssl': 'x' });
  expect(await askingProgramNote(tree)).toBeUndefined();
});
