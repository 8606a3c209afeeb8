import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runInImage } from '../../../../mgmt/image/run/run-image.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { imageHome, type Tree } from '../generations/image-home.ts';
import { listing } from '../liteimg/workshop.ts';
import { busyboxRoot, plantBusybox } from './busybox-root.ts';

/** An image with a shell, and what runs a script in it. */
async function workshop(more: Tree = {}) {
  const home = await imageHome();
  const base = busyboxRoot(more);
  await home.build(base);
  plantBusybox(home.root);
  const controller = new AbortController();
  const said: string[] = [];
  const run = async (script: string, inPlace = false) =>
    runInImage(
      { image: 'compute', rootimgdir: home.rootimgdir, argv: ['sh', '-c', script], inPlace },
      {
        progress: { step: (text) => void said.push(text), done: (text) => void said.push(text) },
        signal: controller.signal,
      },
    );
  return { home, run, controller, said };
}

/** What is mounted below a directory, in this namespace. */
function mountsIn(directory: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(directory));
}

describe('a command in an image', () => {
  test('makes the next generation, and the one before stays', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    const result = await run(
      'echo new > /etc/motd; echo more >> /usr/share/data; chmod 700 /usr/bin/tool',
    );
    expect(result).toMatchObject({ status: 0, isChanged: true });
    expect(result.notes[0]).toMatch(
      /^generation 2 is the image; nodes that run from generation 1 keep it; they share \d/u,
    );
    expect(home.text('etc/motd')).toBe('new\n');
    const old = join(home.others, '1/rootimg');
    expect(existsSync(join(old, 'etc/motd'))).toBe(false);
    expect(readFileSync(join(old, 'usr/share/data'), 'utf8')).toBe('data of the image\n');
    expect(statSync(join(old, 'usr/bin/tool')).mode & 0o777).toBe(0o755);
    expect(statSync(join(home.rootimgdir, 'kernel')).size).toBeGreaterThan(0);
    expect((await home.read()).current).toMatchObject({
      number: 2,
      by: expect.stringMatching(/^image run compute sh -c echo new/u),
      kernel: '6.1.0-1',
    });
  });

  test('that fails publishes nothing, and its exit status is told', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    const before = listing(home.rootimgdir, 'times');
    expect(await run('echo new > /etc/motd; exit 42')).toMatchObject({
      status: 42,
      isChanged: false,
      notes: ['generation 1 is the image as before'],
    });
    expect((await run('kill -9 $$')).status).toBe(137);
    expect(listing(home.rootimgdir, 'times')).toEqual(before);
    expect(home.names()).toEqual([]);
  });

  test('that changes nothing makes no generation', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    expect(await run('cat /etc/resolv.conf > /dev/null; touch /usr/share/data')).toMatchObject({
      status: 0,
      isChanged: false,
      notes: ['nothing was changed: generation 1 is the image as before'],
    });
    expect(home.names()).toEqual([]);
  });

  test('finds name servers also in an image without a file of them, which still has none then', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    rmSync(join(home.root, 'etc/resolv.conf'));
    expect(await run('grep -q . /etc/resolv.conf')).toMatchObject({ status: 0, isChanged: false });
    expect(await run('true', true)).toMatchObject({ status: 0 });
    expect(existsSync(join(home.root, 'etc/resolv.conf'))).toBe(false);
  });

  test("finds what a booted system has, this machine's name servers, and no disk", async () => {
    const { home, run } = await workshop();
    await using _ = home;
    const script = `set -e
      cat /proc/self/mounts > /etc/mounts; cat /etc/resolv.conf > /etc/seen; ls /dev > /etc/dev; id > /etc/id
      ls /proc > /etc/proc; ls /sys/class/net > /etc/net; echo x > /dev/null; echo x > /run/x; cat /dev/zero | dd of=/etc/z bs=1 count=1`;
    expect((await run(script)).status).toBe(0);
    expect(home.text('etc/seen')).toBe(readFileSync('/etc/resolv.conf', 'utf8'));
    expect(home.text('etc/resolv.conf')).toBe('# of the image\n');
    expect(home.text('etc/dev').trim().split('\n').toSorted()).toEqual(
      'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(' '),
    );
    expect(home.text('etc/mounts')).toMatch(/ \/sys sysfs ro,/u);
    expect(home.text('etc/net')).toContain('lo');
    const processes = home
      .text('etc/proc')
      .split('\n')
      .filter((name) => /^\d+$/u.test(name));
    expect(processes.length).toBeLessThan(5);
    for (const path of ['run/x', 'dev/null', 'proc/self', 'sys/class']) {
      expect(existsSync(join(home.root, path))).toBe(false);
    }
  });

  test("cannot write to the name servers of this machine, wherever the image's are", async () => {
    const links = ['../run/systemd/resolve/stub-resolv.conf', '/no/where/resolv.conf'];
    for (const link of links) {
      const { home, run } = await workshop({ 'etc/resolv.conf': { link } });
      await using _ = home;
      const before = readFileSync('/etc/resolv.conf');
      expect(
        (await run('cat /etc/resolv.conf > /etc/seen; echo bad > /etc/resolv.conf')).status,
      ).toBe(1);
      expect(readFileSync('/etc/resolv.conf')).toEqual(before);
      expect((await run('cat /etc/resolv.conf > /etc/seen')).status).toBe(0);
      expect(home.text('etc/seen')).toBe(before.toString());
    }
  });

  test('works in an image whose mount points are links out of it', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    const outside = join(home.directory, 'outside');
    plantTree(outside, { 'proc/mine': '', 'dev/mine': '' });
    for (const name of ['proc', 'sys', 'dev', 'run']) rmdirSync(join(home.root, name));
    plantTree(home.root, {
      proc: { link: join(outside, 'proc') },
      dev: { link: join(outside, 'dev') },
      sys: { link: join(outside, 'sys') },
      run: { link: join(outside, 'run') },
    });
    const before = listing(outside, 'everything');
    expect((await run('echo x > /dev/null; cat /proc/self/mounts > /etc/mounts')).status).toBe(0);
    expect(home.text('etc/mounts')).toContain('proc');
    expect(listing(outside, 'everything')).toEqual(before);
  });

  test('leaves no process and no mount, whatever it starts', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    const script =
      'mkdir -p /mnt; mount -t tmpfs none /mnt; (while :; do echo x >> /etc/beat; sleep 0.01; done) & echo done > /etc/done';
    expect((await run(script)).status).toBe(0);
    const size = () => statSync(join(home.root, 'etc/beat'), { throwIfNoEntry: false })?.size;
    const before = size();
    await sleep(60);
    expect(size()).toBe(before);
    expect(mountsIn(home.directory)).toEqual([]);
  });

  test('ends at once when it is told to, and nothing stays', async () => {
    const { home, run, controller } = await workshop();
    await using _ = home;
    const running = run('echo begun > /etc/begun; sleep 100');
    while (!existsSync(join(home.others, '2/rootimg/etc/begun'))) await sleep(5);
    controller.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    expect(home.names()).toEqual([]);
    expect(mountsIn(home.directory)).toEqual([]);
  });

  test('in place changes the root that nodes run from, and no other generation', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    expect((await run('echo two > /etc/motd')).isChanged).toBe(true);
    expect(statSync(join(home.root, 'usr/bin/tool')).nlink).toBe(2);
    const root = statSync(home.root).ino;
    const before = listing(home.others, 'times');
    const result = await run(
      'echo three > /etc/motd; echo more >> /usr/share/data; chmod 700 /usr/bin/tool; exit 3',
      true,
    );
    expect(result).toMatchObject({ status: 3, isChanged: true });
    expect(result.notes).toContain(
      'running nodes see the change at once: restart what uses the changed files',
    );
    expect(home.text('etc/motd')).toBe('three\n');
    expect(home.text('usr/share/data')).toContain('more');
    expect(statSync(home.root).ino).toBe(root);
    expect(listing(home.others, 'times')).toEqual(before);
  });

  test('says what is to be done next', async () => {
    const { home, run } = await workshop({ '.statelite/litefile.save': '' });
    await using _ = home;
    const packed = ['rootimg-statelite.gz', 'rootimg.sfs', 'rootimg.sfs.sha256'];
    plantTree(home.rootimgdir, {
      ...Object.fromEntries(packed.map((name) => [name, 'packed'])),
      'initrd-stateless.gz': 'initramfs',
    });
    const { notes } = await run('echo x > /etc/x');
    expect(notes.slice(1)).toEqual([
      'nodes get it when they boot',
      'the modules of kernel 6.1.0-1 are gone: run genimage --onlyinitrd compute',
      'next: liteimg compute',
      'nodes boot the old root into memory until liteimg compute',
      'nodes boot the old root into memory until packimage compute',
    ]);
    for (const name of packed) expect(statSync(join(home.rootimgdir, name)).nlink).toBe(2);
    expect(statSync(join(home.rootimgdir, 'initrd-stateless.gz')).nlink).toBe(1);
  });

  test('works in a copy also where a link leads to the root', async () => {
    const { home, run } = await workshop();
    await using _ = home;
    const real = join(home.directory, 'elsewhere');
    renameSync(home.root, real);
    symlinkSync(real, home.root);
    expect(await run('true')).toMatchObject({ isChanged: false });
    expect(await run('echo new > /etc/motd')).toMatchObject({ status: 0, isChanged: true });
    expect(home.text('etc/motd')).toBe('new\n');
    expect(existsSync(join(real, 'etc/motd'))).toBe(false);
    expect(lstatSync(join(home.others, '1/rootimg')).isSymbolicLink()).toBe(true);
    expect(statSync(join(real, 'usr/bin/tool')).nlink).toBe(1);
  });

  test('without an image, or without its program, says so', async () => {
    await using empty = await imageHome();
    const wish = { image: 'compute', argv: ['/no/such'], inPlace: false };
    const tools = {
      progress: { step: () => {}, done: () => {} },
      signal: new AbortController().signal,
    };
    await expect(runInImage({ ...wish, rootimgdir: empty.rootimgdir }, tools)).rejects.toThrow(
      /there is no image in/,
    );
    const { home } = await workshop();
    await using _ = home;
    expect(await runInImage({ ...wish, rootimgdir: home.rootimgdir }, tools)).toMatchObject({
      status: 127,
    });
  });
});

/** Inodes of the files outside /usr. */
function inodesIn(directory: string): string[] {
  const argv = [
    directory,
    '-path',
    `${directory}/usr`,
    '-prune',
    '-o',
    '-type',
    'f',
    '-printf',
    '%i\n',
  ];
  return execFileSync('find', argv, { encoding: 'utf8' }).trim().split('\n');
}

test('an image and its copy share nothing outside the directories of package managers', async () => {
  const { home, run } = await workshop();
  await using _ = home;
  await run('echo 2 > /etc/motd');
  const [old, now] = [inodesIn(join(home.others, '1/rootimg')), inodesIn(home.root)];
  expect(old.length).toBeGreaterThan(2);
  expect(now.filter((inode) => old.includes(inode))).toEqual([]);
});
