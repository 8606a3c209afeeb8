import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Planted, plantTree } from '../../../helpers/tree.ts';

/** Files of a medium by their paths. */
export type Files = Readonly<Record<string, Planted>>;

/** A medium that a distribution might have made: what it is known by, and a package. */
export interface Sample {
  readonly name: string;
  readonly disc: string;
  readonly files: Files;
}

const redhat = (name: string, description: string, more: Files = {}): Sample => ({
  name,
  disc: 'ALL',
  files: {
    '.discinfo': `1714759265.000000\n${description}\nx86_64\nALL\n`,
    'BaseOS/Packages/k/kernel.rpm': `kernel of ${name}`,
    'BaseOS/repodata/repomd.xml': '<repomd/>',
    ...more,
  },
});

const suse = (name: string, product: string, more: Files = {}): Sample => ({
  name,
  disc: '1',
  files: {
    'media.1/media': `SUSE - ${name}-DVD-x86_64-Build1-Media1\nbuild\n1\n`,
    'media.1/products': `/ ${product}\n`,
    'x86_64/kernel-default.rpm': `kernel of ${name}`,
    ...more,
  },
});

const debian = (name: string, info: string): Sample => ({
  name,
  disc: '1',
  files: {
    '.disk/info': `${info}\n`,
    'dists/stable': { link: 'bookworm' },
    'dists/bookworm/Release': 'Suite: stable\n',
    'pool/main/l/linux.deb': `kernel of ${name}`,
    debian: { link: '.' },
  },
});

const treeinfo = (family: string, version: string) =>
  `[general]\nfamily = ${family}\nversion = ${version}\narch = x86_64\n`;

/** One medium of each distribution. */
export const samples: readonly Sample[] = [
  redhat('rhels9.4', 'Red Hat Enterprise Linux 9.4'),
  redhat('centos-stream9', 'CentOS Stream 9'),
  redhat('rocky9.4', '9.4', { '.treeinfo': treeinfo('Rocky Linux', '9.4') }),
  redhat('alma9.2', 'AlmaLinux 9.2'),
  redhat('fedora40', 'Fedora 40'),
  redhat('ol9.3', 'Oracle Linux 9.3'),
  suse('sles11.3', 'SUSE-Linux-Enterprise-Server 11.3-1.138', {
    content: 'VERSION 11.3-1.138\nDEFAULTBASE x86_64\n',
  }),
  suse('sles12.3', 'SLES12-SP3 12.3-0', {
    content: 'DISTRO cpe:/o:suse:sles:12:sp3,SUSE Linux Enterprise Server 12 SP3\n',
  }),
  suse('sles15.5', 'SLES15-SP5 15.5-0'),
  suse('leap15.6', 'openSUSE-Leap 15.6-1'),
  debian('debian12.5.0', 'Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 DVD Binary-1'),
  debian('ubuntu22.04.4', 'Ubuntu-Server 22.04.4 LTS "Jammy" - Release amd64 (20240216) Binary-1'),
];

/** The sample of a distribution. */
export function sampleOf(name: string): Sample {
  const found = samples.find((sample) => sample.name === name);
  if (found === undefined) throw new Error(`no sample of ${name}`);
  return found;
}

/** Makes `<directory>/<name>` a tree of files; its path. */
export function plantMedium(directory: string, name: string, files: Files): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  plantTree(path, files);
  return path;
}

/** Makes `<directory>/<name>.iso` of such a tree; `flags` choose how names are written. */
export function makeIso(
  directory: string,
  name: string,
  files: Files,
  flags: readonly string[] = ['-R', '-J'],
): string {
  const tree = plantMedium(directory, `${name}.tree`, files);
  const iso = join(directory, `${name}.iso`);
  const argv = ['-as', 'mkisofs', '-quiet', ...flags, '-o', iso, tree];
  execFileSync('xorriso', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  return iso;
}

/** Writes other bytes of the same length over every place where `from` stands in a file. */
export function patch(path: string, from: string, to: string): void {
  if (from.length !== to.length) throw new Error('a patch keeps the length');
  const text = readFileSync(path, 'latin1');
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  writeFileSync(path, text.replaceAll(from, to), 'latin1');
}
