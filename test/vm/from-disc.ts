import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../vm/cluster.ts';
import type { Node } from '../../vm/node.ts';
import type { Distribution } from '../distributions/distribution.ts';

/** A profile's files, as an administrator writes them before the disc is copied. */
export interface DiscProfile {
  /** xCAT's directory of the family below custom/netboot. */
  readonly platform: 'rh' | 'sles';
  readonly pkglist: string;
  /** Further lines of its postinstall script; `$1` is the root. */
  readonly postinstall?: string;
}

/** The image that came from a disc. */
export interface DiscImage {
  readonly osimage: string;
  /** On the management node. */
  readonly root: string;
}

/** Root logs in without a password. */
const postinstall = `#!/bin/sh
set -eu
sed -i 's/^root:[^:]*:/root::/' "$1/etc/shadow"
`;

/**
 * From a disc to an image by the commands an administrator types: copycds, genimage, liteimg. It has
 * the package `site-tools` from otherpkgs too; /etc/motd and /var/log/ are listed.
 */
export async function imageFromDisc(
  cluster: Cluster,
  distribution: Distribution,
  profile: DiscProfile,
): Promise<DiscImage> {
  const { management } = cluster;
  const { iso, osvers, arch } = distribution;
  const osimage = `${osvers}-${arch}-statelite-compute`;
  await writeProfile(management.installdir, profile);
  await offerOtherPackages(management.installdir, distribution);

  await management.run('copycds', iso);
  await management.run('genimage', osimage, '--compression', 'none');
  await cluster.setTable('litefile', [
    { image: osimage, file: '/etc/motd', options: 'tmpfs' },
    { image: 'ALL', file: '/var/log/', options: 'link' },
  ]);
  await management.run('liteimg', osimage);
  const directory = join(management.installdir, 'netboot', osvers, arch, 'compute');
  return { osimage, root: join(directory, 'rootimg') };
}

/** From here on nodes of the image have their root in memory, packed as the words say. */
export async function packForMemory(
  { management }: Cluster,
  { osimage }: DiscImage,
  words: readonly string[] = [],
): Promise<void> {
  await management.run('chdef', '-t', 'osimage', '-o', osimage, 'rootfstype=ramdisk');
  await management.run('liteimg', osimage, ...words);
}

/** nodeset, power on, and all the way to what the image's own init says. */
export async function bootToMultiUser(
  cluster: Cluster,
  name: string,
  { osimage }: DiscImage,
): Promise<Node> {
  const node = await cluster.bootInstalled(name, { osimage });
  await node.sees('statelite: booted', { within: '60s' });
  await node.sees(`multi-user reached by ${name}`);
  return node;
}

async function writeProfile(installdir: string, profile: DiscProfile): Promise<void> {
  const { platform, pkglist, postinstall: more = '' } = profile;
  const directory = join(installdir, 'custom/netboot', platform);
  await mkdir(directory, { recursive: true });
  const write = (kind: string, text: string) => writeFile(join(directory, `compute.${kind}`), text);
  await write('pkglist', pkglist);
  await write('otherpkgs.pkglist', 'site-tools\n');
  await write('postinstall', postinstall + more);
  await chmod(join(directory, 'compute.postinstall'), 0o755);
}

async function offerOtherPackages(installdir: string, distribution: Distribution): Promise<void> {
  const { osvers, arch, otherpkgs } = distribution;
  const directory = join(installdir, 'post/otherpkgs', osvers, arch);
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(otherpkgs)) {
    await copyFile(join(otherpkgs, name), join(directory, name));
  }
}
