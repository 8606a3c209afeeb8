import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildCommands,
  buildImage,
  type BuildOptions,
} from '../../../../mgmt/image/genimage/build.ts';
import { imageSpec } from '../../../../mgmt/image/genimage/spec.ts';
import type { ImageRow } from '../../../../mgmt/image/genimage/spec.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { imageRow } from '../../../helpers/image-row.ts';
import { fakeTools, packageOptions } from './image-under-test.ts';
import { buildTinyRpms, tinyKernel, type TinyRpms } from './tiny-rpms.ts';

let directory: string;
let rpms: TinyRpms;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-rpms-'));
  rpms = buildTinyRpms(directory);
});
afterAll(async () => rm(directory, { recursive: true }));

/** An image of the tiny packages, and what is in it after a build. */
async function image(
  installdir: string,
  osvers: string,
  lists: { readonly pkglist: string; readonly otherpkglist?: string },
  columns: Partial<ImageRow> = {},
) {
  const list = async (name: string, text: string) => {
    await writeFile(join(installdir, name), text);
    return join(installdir, name);
  };
  const spec = imageSpec(
    {
      ...imageRow,
      osvers,
      pkgdir: rpms.media,
      otherpkgdir: rpms.other,
      pkglist: await list('pkglist', lists.pkglist),
      otherpkglist:
        lists.otherpkglist === undefined ? null : await list('otherpkglist', lists.otherpkglist),
      ...columns,
    },
    installdir,
  );
  const options: BuildOptions = { ...packageOptions, installdir };
  const { tools, controller } = fakeTools();
  const text = (path: string) => readFile(join(spec.rootimgdir, 'rootimg', path), 'utf8');
  return {
    spec,
    options,
    controller,
    tools,
    text,
    build: (more: Partial<BuildOptions> = {}) => buildImage(spec, { ...options, ...more }, tools),
    has: (path: string) => existsSync(join(spec.rootimgdir, 'rootimg', path)),
  };
}

/** What rpm of the image would say: the database read as it is, from a copy of the root's path. */
function installed(root: string, database: string): string[] {
  const words = ['--root', root, '--dbpath', database, '-qa', '--qf', '%{NAME}-%{VERSION}\\n'];
  return execFileSync('rpm', words, { encoding: 'utf8' }).trim().split('\n').toSorted();
}

const mounts = () => readFile('/proc/self/mountinfo', 'utf8');

const families = [
  { osvers: 'rocky9.4', group: '@core', database: '/var/lib/rpm' },
  { osvers: 'leap15.6', group: 'filesystem\ntool', database: '/usr/lib/sysimage/rpm' },
] as const;

describe.for(families)('$osvers', { timeout: 180_000 }, ({ osvers, group, database }) => {
  test('packages of the media are installed, their scripts run in the root, and it is left clean', async () => {
    await using place = await tempRoot();
    const pkglist = `#ENV:MODE=first#\n${group}\nkernel, wished\n-unwanted\n`;
    const { spec, build, text, has } = await image(place.path, osvers, { pkglist });
    const built = await build();
    expect(built.kernel).toBe(tinyKernel);
    const root = join(spec.rootimgdir, 'rootimg');
    expect(await text('etc/tool.post')).toMatch(
      /^root \d+, mode first, home \/run\/statelite-genimage\nproc\nnull\nsys\nread-only\n$/,
    );
    expect(await text('etc/kernel.post')).toBe('1\n');
    expect(await text('etc/selinux/config')).toBe('SELINUX=disabled\n');
    expect(await text('etc/fstab')).toContain('compute_x86_64  /        tmpfs    ro');
    for (const empty of ['proc', 'sys', 'dev', 'run']) {
      expect(await readdir(join(root, empty))).toEqual([]);
    }
    expect(has('usr/share/doc/tool')).toBe(false);
    expect(has(`usr/lib/modules/${tinyKernel}/modules.dep`)).toBe(true);
    expect((await readdir(join(root, database))).toSorted()).toEqual(['rpmdb.sqlite']);
    expect(installed(root, database)).toEqual(['filesystem-1', 'kernel-1', 'tool-1', 'wished-1']);
    expect(await mounts()).not.toContain(place.path);
  });

  test('passes install and remove in their order, each with its variables', async () => {
    await using place = await tempRoot();
    const { spec, build, text } = await image(place.path, osvers, {
      pkglist:
        'filesystem kernel unwanted\n#NEW_INSTALL_LIST#\n#ENV:MODE=second#\n-unwanted\ntool wished\n--wished\n',
    });
    await build();
    expect(await text('etc/tool.post')).toContain('mode second');
    expect(installed(join(spec.rootimgdir, 'rootimg'), database)).toEqual([
      'filesystem-1',
      'kernel-1',
      'tool-1',
    ]);
  });

  test("a site's own packages come from directories without metadata, which stay so", async () => {
    await using place = await tempRoot();
    const lists = {
      pkglist: 'filesystem kernel tool unwanted',
      otherpkglist: 'added\nsub/deep\n-unwanted\n',
    };
    const { spec, build, text } = await image(place.path, osvers, lists);
    await build();
    const root = join(spec.rootimgdir, 'rootimg');
    expect(installed(root, database)).toEqual([
      'added-1',
      'deep-1',
      'filesystem-1',
      'kernel-1',
      'tool-2',
    ]);
    expect(await text('usr/share/tool')).toBe('tool 2\n');
    expect(await readdir(rpms.other)).not.toContain('repodata');
    expect(await readdir(join(rpms.other, 'sub'))).not.toContain('repodata');
  });

  test('with --noupdate they replace nothing', async () => {
    await using place = await tempRoot();
    const lists = { pkglist: 'filesystem kernel tool-1', otherpkglist: 'added\n' };
    const { build, text } = await image(place.path, osvers, {
      ...lists,
      pkglist: osvers.startsWith('leap') ? 'filesystem kernel tool=1' : lists.pkglist,
    });
    await build({ noupdate: true });
    expect(await text('usr/share/tool')).toBe('tool 1\n');
    expect(await text('usr/share/added')).toBe('added 1\n');
  });

  test('a package that does not exist is named, with the log, and no root is left', async () => {
    await using place = await tempRoot();
    const { spec, build } = await image(place.path, osvers, {
      pkglist: 'filesystem kernel no-such-package',
    });
    const failed: unknown = await build().catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'ERR_STATELITE_COMMAND',
      message: expect.stringMatching(/^(dnf|zypper) failed [^]*no-such-package/),
      hint: expect.stringContaining('genimage.log'),
    });
    const log = /\/\S+genimage\.log/.exec(
      failed instanceof Error && 'hint' in failed ? String(failed.hint) : '',
    )?.[0];
    expect(await readFile(log ?? '', 'utf8')).toContain('no-such-package');
    expect(existsSync(join(spec.rootimgdir, 'rootimg'))).toBe(false);
    expect(execFileSync('find', [place.path, '-name', 'rootimg*'], { encoding: 'utf8' })).toBe('');
  });

  test('an interrupt in a script of a package leaves no root, no mount and no process', async () => {
    await using place = await tempRoot();
    const { spec, build, controller, tools } = await image(place.path, osvers, {
      pkglist: 'filesystem kernel tool',
    });
    Object.assign(tools.progress, {
      update: (words: string) => {
        if (words.includes('tool')) controller.abort(new Error('interrupted'));
      },
    });
    await expect(build()).rejects.toThrow('interrupted');
    expect(existsSync(join(spec.rootimgdir, 'rootimg'))).toBe(false);
    expect(await mounts()).not.toContain(place.path);
    expect(execFileSync('find', [place.path, '-name', 'rootimg*'], { encoding: 'utf8' })).toBe('');
  });

  test('no repository in pkgdir is refused, and the commands can be shown', async () => {
    await using place = await tempRoot();
    const { spec, options } = await image(place.path, osvers, { pkglist: 'filesystem' });
    expect((await buildCommands(spec, options)).join('\n')).toMatch(/^(dnf|zypper) .*filesystem$/);
    await expect(buildCommands({ ...spec, pkgdirs: [place.path] }, options)).rejects.toThrow(
      `there is no package repository in ${place.path}`,
    );
  });
});
