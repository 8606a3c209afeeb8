import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../../vm/exec.ts';
import type { Family } from '../family.ts';

const version = '9.4';

/** Media as of Rocky Linux 9: two repositories, groups in one of them. */
export const redhat: Family = {
  name: 'rocky',
  osvers: `rocky${version}`,
  volume: 'Rocky-9-4-x86_64-dvd',
  macros: {
    dist: '.el9',
    distro_name: 'Rocky Linux',
    distro_version: version,
    kernel_name: 'kernel',
  },
  places: {
    filesystem: 'BaseOS/Packages/f',
    busybox: 'BaseOS/Packages/b',
    initscripts: 'BaseOS/Packages/i',
    kernel: 'BaseOS/Packages/k',
    'redhat-release': 'BaseOS/Packages/r',
    welcome: 'AppStream/Packages/w',
  },
  async finish(tree) {
    const comps = join(import.meta.dirname, 'comps.xml');
    await exec([
      'createrepo_c',
      '--quiet',
      '--no-database',
      '--groupfile',
      comps,
      join(tree, 'BaseOS'),
    ]);
    await exec(['createrepo_c', '--quiet', '--no-database', join(tree, 'AppStream')]);
    await writeFile(join(tree, '.discinfo'), discinfo);
    await writeFile(join(tree, '.treeinfo'), treeinfo);
    await writeFile(join(tree, 'media.repo'), mediaRepo);
  },
};

/** When, which version, which architecture, which disc of the set. */
const discinfo = `1714759265.000000
${version}
x86_64
ALL
`;

const treeinfo = `[header]
type = productmd.treeinfo
version = 1.2

[release]
name = Rocky Linux
short = Rocky
version = ${version}

[tree]
arch = x86_64
build_timestamp = 1714759265
platforms = x86_64,xen
variants = AppStream,BaseOS

[variant-AppStream]
id = AppStream
name = AppStream
packages = AppStream/Packages
repository = AppStream
type = variant
uid = AppStream

[variant-BaseOS]
id = BaseOS
name = BaseOS
packages = BaseOS/Packages
repository = BaseOS
type = variant
uid = BaseOS

[general]
arch = x86_64
family = Rocky Linux
name = Rocky Linux ${version}
packagedir = BaseOS/Packages
platforms = x86_64,xen
repository = BaseOS
timestamp = 1714759265
variant = BaseOS
variants = AppStream,BaseOS
version = ${version}
`;

const mediaRepo = `[InstallMedia]
name=Rocky Linux ${version}
mediaid=1714759265.000000
metadata_expire=-1
gpgcheck=0
cost=500
`;
