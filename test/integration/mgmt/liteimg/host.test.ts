import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkHost } from '../../../../mgmt/image/liteimg/check-host.ts';
import { failure } from '../../../helpers/rows.ts';
import { inNamespace } from '../../../helpers/namespace.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import type { Seen, Step } from './host-run.ts';

/** Does steps to an image in a mount namespace; they are told where it is. */
async function inImage(steps: (root: string) => readonly Step[]): Promise<Seen[]> {
  await using temporary = await tempRoot();
  const root = join(temporary.path, 'rootimg');
  mkdirSync(root);
  const script = '../integration/mgmt/liteimg/host-run.ts';
  return await inNamespace<Seen[]>(script, { root, steps: steps(root) });
}

const refusal = (message: string, hint: string) => ({
  message: expect.stringContaining(message),
  hint: expect.stringContaining(hint),
});

describe('what liteimg does not work on', () => {
  test("this machine's own root", async () => {
    await expect(checkHost('/')).rejects.toThrow(failure('ERR_STATELITE_IMAGE', 'no image'));
  });

  test("this machine's own root by another name", async () => {
    const [run, plan] = await inImage((root) => [
      { mount: ['--bind', '/', root] },
      { run: {} },
      { plan: {} },
    ]);
    expect(run).toMatchObject(refusal('is the root of this machine itself', 'rootimgdir'));
    expect(plan).toEqual(run);
  });

  test('an image in which a chroot has left its mounts', async () => {
    const [run, list] = await inImage((root) => [
      { plant: { 'etc/motd': 'x', 'proc/x y': { dir: 0o755 } } },
      { mount: ['-t', 'tmpfs', 'none', `${root}/proc/x y`] },
      { run: { '/etc/motd': 'link' } },
      { list: true },
    ]);
    expect(run).toMatchObject(refusal('/rootimg/proc/x y', 'umount -R'));
    expect(Object.keys(list ?? {})).not.toContain('/.default');
  });

  test('but the root of an image may be a mount point', async () => {
    const [run] = await inImage((root) => [
      { mount: ['-t', 'tmpfs', 'none', root] },
      { plant: { 'etc/motd': 'x' } },
      { run: { '/etc/motd': 'link' } },
    ]);
    expect(run).toMatchObject({ changed: expect.arrayContaining(['/etc/motd']) });
  });
});

const smallDisk = (root: string): Step => ({
  mount: ['-t', 'tmpfs', '-o', 'size=256k', 'none', root],
});

describe('a file system that does not let liteimg write', () => {
  test('read-only: it says so and what helps; a dry run only reads', async () => {
    const [run, plan] = await inImage((root) => [
      { mount: ['-t', 'tmpfs', 'none', root] },
      { plant: { 'etc/motd': 'x' } },
      { mount: ['-o', 'remount,ro', root] },
      { run: { '/etc/motd': 'link' } },
      { plan: { '/etc/motd': 'link' } },
    ]);
    expect(run).toMatchObject(refusal('nothing was changed', 'remount,rw'));
    expect(plan).toMatchObject({ changed: expect.arrayContaining(['/etc/motd']) });
  });

  test('full in the middle: it says so, and the next run completes the image', async () => {
    const table = { '/etc/motd': 'link', '/srv/data/': 'tmpfs', '/etc/new': 'persistent' };
    const image: Step = {
      plant: {
        'etc/motd': 'x',
        'srv/data/a': 'a'.repeat(30_000),
        'srv/data/b': 'b'.repeat(30_000),
      },
    };
    const [failed, half, completed, list] = await inImage((root) => [
      smallDisk(root),
      image,
      { plant: { filler: 'x'.repeat(150_000) } },
      { run: table },
      { list: true },
      { remove: '/filler' },
      { run: table },
      { list: true },
    ]);
    const [, undisturbed] = await inImage((root) => [
      smallDisk(root),
      image,
      { run: table },
      { list: true },
    ]);
    expect(failed).toMatchObject(refusal('is prepared by half', 'make room'));
    expect(failed).toMatchObject({ cause: expect.stringContaining('ENOSPC') });
    expect(Object.keys(half ?? {})).toContain('/.default/etc/motd');
    expect(completed).toMatchObject({ changed: expect.arrayContaining(['/srv/data']) });
    expect(list).toEqual(undisturbed);
  });
});
