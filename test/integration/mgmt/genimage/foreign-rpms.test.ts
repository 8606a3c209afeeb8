import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPackages } from '../../../../mgmt/image/genimage/install-packages.ts';
import { planPackages } from '../../../../mgmt/image/genimage/packages.ts';
import { imageSpec } from '../../../../mgmt/image/genimage/spec.ts';
import { imageRow } from '../../../helpers/image-row.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { packageOptions } from './image-under-test.ts';
import { buildForeignRpms } from './tiny-rpms.ts';

test.for([
  ['dnf', 'rocky9.4', 'aarch64', '/var/lib/rpm'],
  ['zypper', 'leap15.6', 'aarch64', '/usr/lib/sysimage/rpm'],
  ['zypper', 'leap15.6', 'ppc64le', '/usr/lib/sysimage/rpm'],
] as const)(
  "%s installs %s for %s: packages of that architecture, not this machine's",
  { timeout: 180_000 },
  async ([, osvers, osarch, database]) => {
    await using place = await tempRoot();
    const media = buildForeignRpms(place.path, ['x86_64', osarch]);
    plantTree(place.path, { list: 'thing\n' });
    const spec = imageSpec(
      { ...imageRow, osvers, osarch, pkgdir: media, pkglist: join(place.path, 'list') },
      place.path,
    );
    const root = join(place.path, 'made/rootimg');
    const plan = (await planPackages(spec, { ...packageOptions, installdir: place.path })).into(
      root,
    );
    const { signal } = new AbortController();
    await installPackages(plan, { onLine: () => {}, signal, log: '/none' });
    const words = ['--root', root, '--dbpath', database, '-qa', '--qf', '%{NAME} %{ARCH}\\n'];
    expect(execFileSync('rpm', words, { encoding: 'utf8' })).toBe(`thing ${osarch}\n`);
  },
);
