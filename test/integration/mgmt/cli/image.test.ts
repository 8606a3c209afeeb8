import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { reportId } from '../../../../mgmt/reports/place.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { build, type Tree } from '../generations/image-home.ts';
import { busyboxRoot, plantBusybox } from '../image-run/busybox-root.ts';

const status = (...packages: readonly string[]) =>
  packages
    .map((one) => one.split(' '))
    .map(
      ([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`,
    )
    .join('\n');

/** An osimage with two generations. */
async function twoGenerations(mn: Management, second: Tree = {}) {
  const rootimgdir = join(mn.directory, 'install/netboot/debian12/x86_64/compute');
  const columns = 'provmethod=statelite osvers=debian12 osarch=x86_64 profile=compute'.split(' ');
  await mn.run('chtab', 'imagename=compute', ...columns.map((column) => `osimage.${column}`));
  const first = busyboxRoot({
    'etc/motd': 'one\n',
    'usr/lib/gone': 'x',
    'var/lib/dpkg/status': status('bash 5.1', 'old 1'),
  });
  await build(rootimgdir, first);
  await build(rootimgdir, {
    ...busyboxRoot({ 'etc/motd': 'two\n', 'usr/lib/came': 'y' }),
    'var/lib/dpkg/status': status('bash 5.2', 'new 1'),
    ...second,
  });
  plantBusybox(join(rootimgdir, 'rootimg'));
  return {
    rootimgdir,
    root: join(rootimgdir, 'rootimg'),
    published: (file: string) =>
      readFileSync(join(mn.directory, 'tftpboot/xcat/osimage/compute', file), 'utf8'),
  };
}

function reportOf(mn: Management, node: string, generation: number): void {
  const report = { ...bootReport, node, image: 'compute', generation };
  plantTree(mn.directory, {
    [`state/reports/${node}/${reportId(new Date())}.json`]: JSON.stringify(report),
  });
}

describe('image list', () => {
  test('shows every generation, what it takes, and who runs it', async ({ mn }) => {
    await twoGenerations(mn);
    for (const node of ['cn1', 'cn2']) reportOf(mn, node, 1);
    const { out, code } = await mn.run('image', 'list', 'compute');
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^generation +made +size +own +packages +kernel +nodes +by$/u);
    expect(out[1]).toMatch(/^1 .* 0\.\d MB +0\.\d MB +2 +6\.1\.0-1 +cn\[1-2\] +genimage compute$/u);
    expect(out[2]).toMatch(/^2 current .* genimage compute$/u);
    const all = await mn.run('image', 'list', '--json');
    expect(JSON.parse(all.out.join('\n'))).toMatchObject([
      { image: 'compute', number: 1, current: false, packages: 2, nodes: ['cn1', 'cn2'] },
      {
        image: 'compute',
        number: 2,
        current: true,
        nodes: [],
        size: { total: expect.any(Number) },
      },
    ]);
  });

  test('knows what is not there', async ({ mn }) => {
    const { err } = await mn.run('image', 'list', 'nothing');
    expect(err).toContain('there is no osimage nothing');
    expect(err).not.toContain('genimage -o debian12');
    expect((await mn.run('image', 'list')).err).toContain('no image is built yet');
  });

  test('leaves out osimages of nodes with a disk, which have no root image', async ({ mn }) => {
    await twoGenerations(mn);
    const columns = 'provmethod=install osvers=debian12 osarch=x86_64 profile=compute'.split(' ');
    await mn.run('chtab', 'imagename=disk', ...columns.map((column) => `osimage.${column}`));
    expect((await mn.run('image', 'list')).out.join('\n')).not.toContain('disk');
  });
});

describe('image diff', () => {
  test('tells packages, and how many files in which directory', async ({ mn }) => {
    await twoGenerations(mn);
    const { out } = await mn.run('image', 'diff', 'compute');
    expect(out).toEqual([
      '~ bash 5.1 -> 5.2',
      '+ new 1',
      '- old 1',
      '/.statelite: 1 changed',
      '/bin: 1 added',
      '/etc: 1 changed',
      '/usr/lib: 1 added, 1 removed',
      '/var/lib: 1 changed',
    ]);
    const back = await mn.run('image', 'diff', 'compute', '2', '1', '--files');
    expect(back.out).toContain('- /usr/lib/came');
    expect(back.out).toContain('~ /etc/motd');
    const json = JSON.parse(
      (await mn.run('image', 'diff', 'compute', '1', '--json')).out.join('\n'),
    );
    expect(json).toMatchObject({ before: 1, after: 2 });
    expect(json.files).toContainEqual({ path: '/etc/motd', kind: 'changed' });
    expect((await mn.run('image', 'diff', 'compute', '2', '2')).out).toEqual(['they are the same']);
  });

  test('shows names that a terminal must not be sent as text', async ({ mn }) => {
    await twoGenerations(mn, { 'etc/\u001b[31mred': 'x', 'var/lib/dpkg/status': 'x' });
    const { out } = await mn.run('image', 'diff', 'compute', '--files');
    expect(out).toContain(String.raw`+ /etc/\u{1b}[31mred`);
  });
});

describe('image promote and rollback', () => {
  test('change the image and what loaders get', async ({ mn }) => {
    const { root, published } = await twoGenerations(mn);
    const back = await mn.run('image', 'rollback', 'compute');
    expect(back.out).toEqual([
      'generation 1 is the image of compute now, instead of 2; nodes get it when they boot',
    ]);
    expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('one\n');
    expect(published('kernel')).toBe('kernel of 1');
    expect((await mn.run('image', 'rollback', 'compute')).err).toContain('no generation before 1');
    await mn.run('image', 'promote', 'compute', '2');
    expect(published('initrd-statelite.gz')).toBe('initramfs of 2');
    expect((await mn.run('image', 'promote', 'compute', '2')).out).toEqual([
      'generation 2 is the image of compute already',
    ]);
    expect(await mn.run('image', 'promote', 'compute', '../1')).toMatchObject({ code: 2 });
  });

  test('wait for nobody: a command that changes the image keeps others out', async ({ mn }) => {
    const { rootimgdir } = await twoGenerations(mn);
    await withImageLock(rootimgdir, async () => {
      for (const words of [['rollback'], ['gc'], ['run', '--', 'true']]) {
        const [action = '', ...rest] = words;
        const { code, err } = await mn.run('image', action, 'compute', ...rest);
        expect(code).toBe(1);
        expect(err).toContain('another command is changing the image');
      }
    });
  });
});

describe('image gc', () => {
  test('removes what nobody needs, and says why the rest stays', async ({ mn }) => {
    const { rootimgdir } = await twoGenerations(mn);
    for (let more = 0; more < 3; more += 1) await build(rootimgdir, busyboxRoot());
    reportOf(mn, 'cn1', 1);
    const plan = await mn.run('image', 'gc', 'compute', '--keep', '1', '--dry-run');
    expect(plan.out).toEqual([
      'generation 1 stays: cn1 reported to run it',
      expect.stringMatching(/^generation 2 would go: \d+\.\d MB$/u),
      expect.stringMatching(/^generation 3 would go: \d+\.\d MB$/u),
      'generation 4 stays: one of the last 1',
      'generation 5 stays: it is the image',
    ]);
    expect(readdirSync(`${rootimgdir}.generations`)).toEqual(['1', '2', '3', '4']);
    const done = await mn.run('image', 'gc', 'compute', '--json');
    expect(JSON.parse(done.out.join('\n')).generations).toMatchObject([
      { number: 1, removed: false },
      { number: 2, removed: true, why: '' },
      { number: 3, removed: false },
      { number: 4, removed: false },
      { number: 5, removed: false },
    ]);
    expect(readdirSync(`${rootimgdir}.generations`)).toEqual(['1', '3', '4']);
  });

  test('and rollback of an image that is not built say so, and make nothing', async ({ mn }) => {
    await mn.run('chtab', 'imagename=unbuilt', 'osimage.provmethod=statelite');
    const directory = join(mn.directory, 'images/unbuilt');
    await mn.run('chtab', 'imagename=unbuilt', `linuximage.rootimgdir=${directory}`);
    for (const action of ['gc', 'rollback']) {
      const { code, err } = await mn.run('image', action, 'unbuilt');
      expect([code, err]).toEqual([
        1,
        expect.stringContaining(`there is no image in ${directory}`),
      ]);
    }
    expect(readdirSync(mn.directory)).not.toContain('images');
  });

  test('knows nodes of another osimage that has the same root by a link', async ({ mn }) => {
    const { rootimgdir } = await twoGenerations(mn);
    const link = join(mn.directory, 'by-link');
    symlinkSync(rootimgdir, link);
    await mn.run('chtab', 'imagename=alias', 'osimage.provmethod=statelite');
    await mn.run('chtab', 'imagename=alias', `linuximage.rootimgdir=${link}`);
    reportOf(mn, 'cn1', 1);
    const { out } = await mn.run('image', 'gc', 'alias', '--keep', '0');
    expect(out[0]).toBe('generation 1 stays: cn1 reported to run it');
  });
});

describe('image run', () => {
  test('passes words on as they are, and the exit status back', async ({ mn }) => {
    const { root, published } = await twoGenerations(mn);
    const script = 'printf "%s|" "$@" > /etc/args';
    const words = ['--json', '007', '-n', 'a b', '--', '--in-place=no'];
    const ran = await mn.run('image', 'run', 'compute', '--', 'sh', '-c', script, 'sh', ...words);
    expect(ran.err).toContain('generation 3 is the image');
    expect(ran.code).toBe(0);
    expect(readFileSync(join(root, 'etc/args'), 'utf8')).toBe(`${words.join('|')}|`);
    expect(published('kernel')).toBe('kernel of 2');
    const failed = await mn.run('image', 'run', 'compute', '--', 'sh', '-c', 'exit 42');
    expect(failed.code).toBe(42);
    expect(failed.err).toContain('sh ended with 42');
    expect(failed.err).toContain('nothing of it was published');
  });

  test('in place says what running nodes see', async ({ mn }) => {
    const { root } = await twoGenerations(mn);
    const script = ['sh', '-c', 'echo x > /etc/motd'];
    const ran = await mn.run('image', 'run', 'compute', '--in-place', '--', ...script);
    expect(ran.err).toContain('running nodes see the change at once');
    expect(ran.err).toContain('files in the litefile table: run liteimg, then reboot');
    expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('x\n');
  });

  test('a shell reads what it is to do', async ({ mn }) => {
    const { root } = await twoGenerations(mn);
    // Its input is that of this process: so in one of its own.
    const main = join(import.meta.dirname, '../../../../mgmt/main.ts');
    execFileSync(process.execPath, ['--no-warnings', main, 'image', 'shell', 'compute'], {
      input: 'echo by hand > /etc/motd\n',
      env: { ...process.env, ...mn.io.env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('by hand\n');
  });
});

describe('a command line that is wrong is exit 2 and tells the usage', () => {
  test.for([
    [['image'], 'usage: statelite image'],
    [['image', 'mend'], 'action'],
    [['image', 'diff'], 'usage: statelite image diff <image> [A] [B]'],
    [['image', 'promote', 'compute'], 'usage: statelite image promote <image> <number>'],
    [['image', 'rollback', 'a', 'b'], 'usage: statelite image rollback <image>'],
    [['image', 'run', 'compute'], 'usage: statelite image run <image> -- command...'],
    [['image', 'list', '--keep', '1'], 'image list has no option --keep'],
    [['image', 'gc', 'compute', '--keep', '-1'], '--keep takes a number'],
    [['image', 'run', 'compute', 'apt-get', '--yes'], 'yes'],
    [['image', 'diff', 'compute', 'x'], '"x" is no generation'],
  ] as const)('%j', async ([argv, words], { mn }) => {
    const { code, err } = await mn.run(...argv);
    expect(err).toContain(words);
    expect(code).toBe(2);
  });
});
