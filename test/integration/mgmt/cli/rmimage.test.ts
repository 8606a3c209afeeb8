import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

const image = 'debian12-x86_64-statelite-compute';

test('removes everything of an image, and nothing else', async ({ mn }) => {
  const { rootimgdir, around } = await built(mn);
  plantTree(around, { 'compute2/rootimg/etc/x': 'x', 'compute/notes': 'mine' });
  const { code, out } = await mn.run('rmimage', '-V', image);
  expect(code).toBe(0);
  expect(readdirSync(rootimgdir)).toEqual(['notes']);
  expect(readdirSync(around).toSorted()).toEqual(['compute', 'compute2']);
  expect(readdirSync(join(mn.directory, 'tftpboot/xcat/osimage'))).toEqual(['other']);
  expect(out).toEqual([
    join(mn.directory, 'tftpboot/xcat/osimage', image),
    ...[
      'kernel',
      'initrd-statelite.gz',
      'rootimg-statelite.sfs',
      'rootimg-statelite.sfs.sha256',
    ].map((name) => join(rootimgdir, name)),
    ...['rootimg', 'rootimg.gz', 'rootimg.old', 'generation.json'].map((name) =>
      join(rootimgdir, name),
    ),
    `${rootimgdir}.generations`,
  ]);
  expect((await mn.run('lsdef', '-t', 'osimage', image)).code).toBe(0);
});

test('the directory goes if nothing is left in it, the definition with --xcatdef', async ({
  mn,
}) => {
  const { around } = await built(mn);
  await mn.run('chtab', 'image=' + image + ',file=/etc/motd', 'litefile.options=link');
  const { code, err } = await mn.run('rmimage', image, '--xcatdef');
  expect(code).toBe(0);
  expect(err).toContain('still there: litefile: 1 rows');
  expect(readdirSync(around)).toEqual([]);
  expect((await mn.run('tabdump', 'osimage')).out).toHaveLength(1);
  expect((await mn.run('tabdump', 'linuximage')).out).toHaveLength(1);
});

test('takes -o, -a and -p for an image in its usual place', async ({ mn }) => {
  const { around } = await built(mn);
  plantTree(join(mn.directory, 'tftpboot/xcat/netboot/debian12/x86_64/compute'), { kernel: 'k' });
  expect((await mn.run('rmimage', '-o', 'debian12', '-a', 'x86_64', '-p', 'compute')).code).toBe(0);
  expect(readdirSync(around)).toEqual([]);
  expect(existsSync(join(mn.directory, 'tftpboot/xcat/netboot/debian12/x86_64/compute'))).toBe(
    false,
  );
});

test.for(['..', 'a/b', '.', ''])('takes no %j for a part of a path', async (part, { mn }) => {
  const { rootimgdir } = await built(mn);
  const { code } = await mn.run('rmimage', '-o', 'debian12', '-a', part, '-p', 'compute');
  expect(code).not.toBe(0);
  expect(existsSync(join(rootimgdir, 'rootimg/etc/motd'))).toBe(true);
});

test('refuses while nodes run it by their last report, unless forced', async ({ mn }) => {
  const { rootimgdir } = await built(mn);
  report(mn, 'n1', '2026-01-02T00-00-00.000Z', image);
  report(mn, 'n2', '2026-01-01T00-00-00.000Z', image);
  report(mn, 'n2', '2026-01-02T00-00-00.000Z', 'another');
  const refused = await mn.run('rmimage', image);
  expect(refused.code).not.toBe(0);
  expect(refused.err).toMatch(/nodes run debian12-x86_64-statelite-compute: n1$/mu);
  expect(existsSync(join(rootimgdir, 'rootimg/etc/motd'))).toBe(true);
  expect((await mn.run('rmimage', image, '--force')).code).toBe(0);
  expect(existsSync(rootimgdir)).toBe(false);
});

test('a node whose last boot failed before it knew its image is asked for by the boot before', async ({
  mn,
}) => {
  const { rootimgdir } = await built(mn);
  report(mn, 'n1', '2026-01-01T00-00-00.000Z', image);
  report(mn, 'n1', '2026-01-02T00-00-00.000Z', '');
  expect((await mn.run('rmimage', image)).err).toMatch(/nodes run .*: n1$/mu);
  expect(existsSync(rootimgdir)).toBe(true);
});

test('a damaged report stops it: nobody knows what that node runs', async ({ mn }) => {
  const { rootimgdir } = await built(mn);
  report(mn, 'n1', '2026-01-02T00-00-00.000Z', image);
  const [file = ''] = readdirSync(join(mn.directory, 'state/reports/n1'));
  writeFileSync(join(mn.directory, 'state/reports/n1', file), '{');
  const { code, err } = await mn.run('rmimage', image);
  expect(code).not.toBe(0);
  expect(err).toContain('is no boot report');
  expect(existsSync(rootimgdir)).toBe(true);
});

test('nodes with another definition of the same files count too', async ({ mn }) => {
  const { rootimgdir } = await built(mn);
  await mn.run('chtab', 'imagename=sharing', 'osimage.provmethod=statelite');
  await mn.run('chtab', 'imagename=sharing', `linuximage.rootimgdir=${rootimgdir}`);
  report(mn, 'n1', '2026-01-02T00-00-00.000Z', 'sharing');
  expect((await mn.run('rmimage', image)).code).not.toBe(0);
  const { err } = await mn.run('rmimage', image, '-f');
  expect(err).toContain('no files any more for: sharing');
});

test('a directory that is called like one of its files stays', async ({ mn }) => {
  const { rootimgdir } = await built(mn);
  plantTree(rootimgdir, { 'genimage.log/mine': 'x' });
  expect((await mn.run('rmimage', image)).code).toBe(0);
  expect(readdirSync(rootimgdir)).toEqual(['genimage.log']);
});

test('completes a removal that was killed', async ({ mn }) => {
  const { rootimgdir, around } = await built(mn);
  plantTree(rootimgdir, { '.statelite.removed/image/etc/half': 'x' });
  plantTree(around, { 'compute.generations.removed/1/rootimg/x': 'x' });
  expect((await mn.run('rmimage', image)).code).toBe(0);
  expect(readdirSync(around)).toEqual([]);
});

test('what links of an image lead to is not touched', async ({ mn }) => {
  const { rootimgdir } = await built(mn);
  plantTree(mn.directory, { 'precious/etc/x': 'x' });
  symlinkSync(join(mn.directory, 'precious'), join(rootimgdir, 'rootimg.link'));
  symlinkSync(join(mn.directory, 'precious/etc'), join(rootimgdir, 'rootimg/etc/away'));
  expect((await mn.run('rmimage', image)).code).toBe(0);
  expect(existsSync(join(mn.directory, 'precious/etc/x'))).toBe(true);
});

test("is refused for a directory of this machine's own system", async ({ mn }) => {
  await mn.run('chtab', 'imagename=odd', 'osimage.provmethod=statelite');
  await mn.run('chtab', 'imagename=odd', 'linuximage.rootimgdir=/usr/lib');
  const { code, err } = await mn.run('rmimage', 'odd');
  expect(err).toContain("/usr/lib is of this machine's own system");
  expect(code).toBe(1);
});

test('says so if there is no image, and refuses while another command has it', async ({ mn }) => {
  const { rootimgdir } = await built(mn);
  const { err } = await withImageLock(rootimgdir, async () => mn.run('rmimage', image));
  expect(err).toContain('another command is changing the image');
  await mn.run('rmimage', image);
  expect((await mn.run('rmimage', image)).err).toContain(`there is no image in ${rootimgdir}`);
});

async function built(mn: Management): Promise<{ rootimgdir: string; around: string }> {
  const around = join(mn.directory, 'install/netboot/debian12/x86_64');
  const rootimgdir = join(around, 'compute');
  plantTree(rootimgdir, {
    'rootimg/etc/motd': 'x',
    'rootimg.old/etc/motd': 'x',
    kernel: 'k',
    'initrd-statelite.gz': 'i',
    'rootimg-statelite.sfs': 'p',
    'rootimg-statelite.sfs.sha256': 's',
    'rootimg.gz': 'p',
    'generation.json': '{}',
  });
  plantTree(around, { 'compute.generations/1/rootimg/etc/motd': 'x' });
  plantTree(join(mn.directory, 'tftpboot/xcat/osimage'), {
    [`${image}/kernel`]: 'k',
    'other/kernel': 'k',
  });
  const columns = {
    osvers: 'debian12',
    osarch: 'x86_64',
    profile: 'compute',
    provmethod: 'statelite',
  };
  const words = Object.entries(columns).map(([column, value]) => `osimage.${column}=${value}`);
  await mn.run('chtab', `imagename=${image}`, ...words);
  await mn.run('chtab', `imagename=${image}`, 'linuximage.comments=x');
  return { rootimgdir, around };
}

function report(mn: Management, node: string, id: string, running: string): void {
  const directory = join(mn.directory, 'state/reports', node);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${id}.json`), JSON.stringify({ ...bootReport, image: running }));
}
