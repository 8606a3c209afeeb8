import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../../vm/exec.ts';
import type { Family } from '../family.ts';

const version = '15.6';

/** Media as of openSUSE Leap 15: one repository at the top, patterns that are packages. */
export const suse: Family = {
  name: 'leap',
  osvers: `leap${version}`,
  volume: 'openSUSE-Leap-15.6-DVD-x86_64',
  macros: {
    dist: '.lp156',
    distro_name: 'openSUSE Leap',
    distro_version: version,
    kernel_name: 'kernel-default',
  },
  places: {
    filesystem: 'noarch',
    busybox: 'x86_64',
    initscripts: 'noarch',
    kernel: 'x86_64',
    'suse-release': 'x86_64',
    pattern: 'x86_64',
    welcome: 'noarch',
  },
  async finish(tree) {
    await exec(['createrepo_c', '--quiet', '--no-database', tree]);
    await mkdir(join(tree, 'media.1'));
    await writeFile(join(tree, 'media.1/media'), media);
    await writeFile(join(tree, 'media.1/products'), `/ openSUSE-Leap ${version}-1\n`);
    await writeFile(join(tree, 'content'), content);
  },
};

/** Who made it, which build, how many discs. */
const media = `openSUSE - openSUSE-Leap-${version}-DVD-x86_64-Build710.3-Media
openSUSE-Leap-${version}-DVD-x86_64-Build710.3
1
`;

/** Newer media have none; older tools look for it first. */
const content = `CONTENTSTYLE     11
DATADIR          .
DISTRO           cpe:/o:opensuse:leap:${version},openSUSE Leap ${version}
LABEL            openSUSE Leap ${version}
VENDOR           openSUSE
BASEARCHS        x86_64
`;
