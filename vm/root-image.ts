import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, packTree, unpackTree } from './images.ts';
import type { Management } from './management.ts';

/** What an image is made of; `genimage` finds both files by its profile. */
export interface Recipe {
  readonly osvers: string;
  readonly arch: string;
  readonly profile: string;
  readonly pkglist: string;
  readonly postinstall: string;
}

export interface RootImage {
  readonly osimage: string;
  /** The root on the management node, as nodes mount it. */
  readonly root: string;
  /** Whether it was built now and not taken from the cache. */
  readonly fresh: boolean;
  /** What genimage printed last: sizes and contents of the initramfs. */
  readonly summary: string;
}

/** Enough of Debian 12 for a login, without what a diskless test node never uses. */
export const debian12: Recipe = {
  osvers: 'debian12',
  arch: 'x86_64',
  profile: 'compute',
  pkglist: `systemd, systemd-sysv, libpam-systemd, dbus, udev, kmod
linux-image-cloud-amd64
iproute2, nfs-common, ca-certificates, openssh-server, procps, less, attr
`,
  // root logs in without a password; units that only cost time under emulation are masked.
  postinstall: `#!/bin/sh
set -eu
sed -i 's/^root:[^:]*:/root::/' "$1/etc/shadow"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \\
  e2scrub_reap.service fstrim.timer getty@tty1.service systemd-pstore.service ssh.service; do
  ln -sf /dev/null "$1/etc/systemd/system/$unit"
done
`,
};

/**
 * Puts a root image into the management node's installdir. The root is built by genimage once per
 * machine and recipe; kernel and initramfs are made for this management node every time.
 */
export async function installImage(
  management: Management,
  cache: string,
  recipe: Recipe,
): Promise<RootImage> {
  const { osvers, arch, profile } = recipe;
  const words = ['genimage', '-o', osvers, '-a', arch, '-p', profile, '--compression', 'none'];
  const directory = join(management.installdir, 'netboot', osvers, arch, profile);
  const root = join(directory, 'rootimg');
  await writeProfile(management.installdir, recipe);
  let built: string | undefined;
  const archive = await cached(cache, 'root', await keyParts(recipe), async (path) => {
    built = await management.runOutside(...words);
    await packTree(root, path);
  });
  if (built === undefined) {
    await mkdir(root, { recursive: true });
    await unpackTree(archive, root);
    built = await management.run(...words, '--onlyinitrd');
    return { osimage: nameOf(recipe), root, fresh: false, summary: built };
  }
  return { osimage: nameOf(recipe), root, fresh: true, summary: built };
}

function nameOf({ osvers, arch, profile }: Recipe): string {
  return `${osvers}-${arch}-statelite-${profile}`;
}

async function writeProfile(installdir: string, recipe: Recipe): Promise<void> {
  const directory = join(installdir, 'custom/netboot', recipe.osvers.replace(/\d+$/, ''));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${recipe.profile}.pkglist`), recipe.pkglist);
  const postinstall = join(directory, `${recipe.profile}.postinstall`);
  await writeFile(postinstall, recipe.postinstall, { mode: 0o755 });
}

/** A root is as good as new until its recipe or the builder changes. */
async function keyParts(recipe: Recipe): Promise<string[]> {
  const builder = join(import.meta.dirname, '../mgmt/image/genimage');
  const names = (await readdir(builder)).toSorted();
  const sources = await Promise.all(names.map((name) => readFile(join(builder, name), 'utf8')));
  return [JSON.stringify(recipe), ...sources];
}
