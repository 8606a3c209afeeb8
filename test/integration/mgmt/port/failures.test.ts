import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { management, type Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { directoryIn, image, madeImage, ran } from './images.ts';

const program = join(import.meta.dirname, '../../../../mgmt/main.ts');
const list = 'install/custom/netboot/debian/compute.pkglist';
const contentOf = (mn: Management, path: string) => readFileSync(join(mn.directory, path), 'utf8');

/** The command as a process of its own, with programs of the test before those of the machine. */
function start(mn: Management, before: readonly string[], ...argv: string[]) {
  const [command = '', ...args] = [...before, process.execPath, program, ...argv];
  const path = `${mn.directory}/bin:${process.env['PATH']}`;
  const env = { ...process.env, ...mn.io.env, PATH: path };
  return spawn(command, args, { env, cwd: mn.directory, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

/** An archive of an image of another management node. */
async function exported(mn: Management): Promise<string> {
  await using other = await management();
  await madeImage(other);
  const archive = join(mn.directory, 'img.tgz');
  await ran(other, 'imgexport', image, archive);
  return archive;
}

/** Nothing of an import is there but what it always leaves. */
async function expectNothing(mn: Management): Promise<void> {
  expect((await ran(mn, 'tabdump', 'osimage')).slice(1)).toEqual([]);
  expect((await ran(mn, 'tabdump', 'litefile')).slice(1)).toEqual([]);
  expect(existsSync(join(directoryIn(mn), 'rootimg'))).toBe(false);
  expect(existsSync(join(mn.directory, list))).toBe(false);
}

describe('an import', () => {
  test('of an image that there is, is refused and changes nothing', async ({ mn }) => {
    const archive = await exported(mn);
    await ran(mn, 'imgimport', archive);
    writeFileSync(join(directoryIn(mn), 'rootimg/etc/passwd'), 'mine');
    await ran(mn, 'chtab', `imagename=${image}`, 'osimage.description=mine');
    const { code, err } = await mn.run('imgimport', archive);
    expect(err).toContain(`there is an osimage ${image} already`);
    expect(code).toBe(1);
    expect(contentOf(mn, `install/netboot/debian12/x86_64/compute/rootimg/etc/passwd`)).toBe(
      'mine',
    );
    await ran(mn, 'rmdef', '-t', 'osimage', image);
    expect((await mn.run('imgimport', archive)).err).toContain('there is an image in');
  });

  test('that is forced keeps the old image as a generation and old files aside', async ({ mn }) => {
    const archive = await exported(mn);
    await ran(mn, 'imgimport', archive);
    const rootimgdir = directoryIn(mn);
    writeFileSync(join(rootimgdir, 'rootimg/etc/passwd'), 'mine');
    writeFileSync(join(mn.directory, list), 'my list');
    await ran(mn, 'chtab', `image=${image},file=/mine`, 'litefile.options=tmpfs');
    await ran(mn, 'imgimport', archive, '--force');
    expect(readFileSync(join(rootimgdir, 'rootimg/etc/passwd'), 'utf8')).toContain('root');
    expect(readFileSync(`${rootimgdir}.generations/1/rootimg/etc/passwd`, 'utf8')).toBe('mine');
    expect(contentOf(mn, list)).toBe('systemd\n');
    expect(contentOf(mn, `${list}.ORIG`)).toBe('my list');
    expect((await ran(mn, 'tabdump', 'litefile')).join()).not.toContain('/mine');
  });

  test('does not replace a list of another image that is different', async ({ mn }) => {
    const archive = await exported(mn);
    plantTree(mn.directory, { [list]: 'mine' });
    const { err } = await mn.run('imgimport', archive);
    expect(err).toContain(`there is another ${join(mn.directory, list)} already`);
    expect(contentOf(mn, list)).toBe('mine');
    expect(existsSync(directoryIn(mn))).toBe(false);
  });

  test.for(['SIGKILL', 'SIGTERM'] as const)(
    'that is ended by %s leaves no image, and the next one succeeds',
    async (signal, { mn }) => {
      const archive = await exported(mn);
      plantTree(mn.directory, {
        'bin/cpio': {
          text: `#!/bin/sh\ntouch ${mn.directory}/started\nexec sleep 600\n`,
          mode: 0o755,
        },
      });
      const child = start(mn, [], 'imgimport', archive);
      await until(() => existsSync(join(mn.directory, 'started')));
      child.kill(signal);
      await once(child, 'exit');
      await expectNothing(mn);
      if (signal === 'SIGTERM') {
        expect(readdirSync(join(mn.directory, 'install'))).not.toContain('netboot');
      }
      await ran(mn, 'imgimport', archive);
      expect(readFileSync(join(directoryIn(mn), 'kernel'), 'utf8')).toBe('the kernel');
      expect(readdirSync(join(mn.directory, 'install')).toSorted()).toEqual(['custom', 'netboot']);
      expect(readdirSync(`${directoryIn(mn)}.generations`)).toEqual([]);
    },
  );

  test('on a full disk says so and leaves nothing behind', async ({ mn }) => {
    await using other = await management();
    const directory = await madeImage(other);
    writeFileSync(join(directory, 'rootimg/zeros'), Buffer.alloc(12 << 20));
    const archive = join(mn.directory, 'img.tgz');
    await ran(other, 'imgexport', image, archive);
    plantTree(mn.directory, { install: { dir: 0o755 } });
    const words = `mount -t tmpfs -o size=4m tmpfs ${mn.directory}/install && "$@"; code=$?; ls -A ${mn.directory}/install >&2; exit $code`;
    const isolated = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', words, 'sh'];
    const child = start(mn, isolated, 'imgimport', archive);
    const [[code], err] = await Promise.all([once(child, 'close'), text(child.stderr)]);
    expect(err).toContain('./zeros');
    expect(err).toContain('no room');
    expect(code).toBe(1);
    const lines = err
      .trim()
      .split('\n')
      .filter((line) => !line.includes('there is no database'));
    expect(lines.at(-1)).toContain('hint');
    await expectNothing(mn);
  });
});

describe('an export', () => {
  test('on a full disk says so and leaves no half archive', async ({ mn }) => {
    const directory = await madeImage(mn);
    writeFileSync(join(directory, 'rootimg/noise'), randomBytes(4 << 20));
    plantTree(mn.directory, { out: { dir: 0o755 } });
    const words = `mount -t tmpfs -o size=2m tmpfs ${mn.directory}/out && "$@"; code=$?; ls -A ${mn.directory}/out >&2; exit $code`;
    const isolated = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', words, 'sh'];
    const child = start(mn, isolated, 'imgexport', image, 'out/');
    const [[code], err] = await Promise.all([once(child, 'close'), text(child.stderr)]);
    expect(err).toContain(`there is no room for ${mn.directory}/out/${image}.tgz`);
    expect(err.trim().split('\n').at(-1)).toContain('hint');
    expect(code).toBe(1);
  });

  test('that fails leaves the earlier archive', async ({ mn }) => {
    const directory = await madeImage(mn);
    const archive = join(mn.directory, `${image}.tgz`);
    writeFileSync(archive, 'earlier');
    const huge = ['-s', '5G', join(directory, 'rootimg/huge')];
    await once(spawn('truncate', huge), 'exit');
    const { code, err } = await mn.run('imgexport', image);
    expect(err).toContain('/rootimg/huge');
    expect(code).toBe(1);
    expect(readFileSync(archive, 'utf8')).toBe('earlier');
    expect(readdirSync(mn.directory).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('to or from what is not there says so', async ({ mn }) => {
    await madeImage(mn);
    const nowhere = join(mn.directory, 'no/such');
    expect((await mn.run('imgexport', image, join(nowhere, 'x.tgz'))).err).toContain(
      `ERR_STATELITE_NOT_FOUND: there is no directory ${nowhere}`,
    );
    expect((await mn.run('imgimport', nowhere)).err).toContain(`there is no ${nowhere}`);
    expect((await mn.run('imgimport', mn.directory)).err).toContain('is a directory');
  });

  test('of an image that is not whole names all that is missing', async ({ mn }) => {
    const directory = await madeImage(mn);
    await once(spawn('rm', [join(directory, 'kernel'), join(mn.directory, list)]), 'exit');
    const { err } = await mn.run('imgexport', image);
    expect(err).toContain(`there is no ${directory}/kernel, no ${join(mn.directory, list)}`);
    expect((await mn.run('imgexport', 'none')).err).toContain('there is no osimage none');
  });

  test('of an image without a profile names the column', async ({ mn }) => {
    await madeImage(mn);
    await ran(mn, 'chtab', `imagename=${image}`, 'osimage.profile=');
    expect((await mn.run('imgexport', image)).err).toContain('osimage.profile');
  });

  test('does not take two files of one name', async ({ mn }) => {
    await madeImage(mn);
    plantTree(mn.directory, { 'a/note': '1', 'b/note': '2' });
    const { err } = await mn.run('imgexport', image, '-e', 'a/note', '-e', 'b/note');
    expect(err).toContain('would both be extra/note');
  });
});
