import { debianArchitecture } from './debian-release.ts';
import type { ImageSpec } from './spec.ts';

/**
 * The pkglist of an image that names none: what a diskless node needs to reach multi-user with a
 * serial console, a login and NFS. In the grammar of pkglist.ts.
 */
export function defaultPkglistFor({
  distribution: { installer },
  osarch,
}: Pick<ImageSpec, 'distribution' | 'osarch'>): string {
  if (installer === 'dnf') return redHat;
  return installer === 'zypper' ? suse : debian(kernelPackage(debianArchitecture(osarch)));
}

const redHat = `
bash, coreutils, systemd, systemd-udev, dbus, kmod
# kernel and modules; the initramfs is built from them
kernel
iproute, nfs-utils, ca-certificates, openssh-server, openssl
passwd, shadow-utils, util-linux, procps-ng, less
# what the boot agent of another architecture is linked to
libstdc++
`;

const suse = `
filesystem, aaa_base, bash, coreutils, systemd, udev, dbus-1, kmod
kernel-default
iproute2, nfs-client, ca-certificates, openssh, openssl
shadow, util-linux, util-linux-systemd, procps, less
# what the boot agent of another architecture is linked to
libstdc++6
`;

const debian = (kernel: string) => `
systemd, systemd-sysv, libpam-systemd, dbus, udev, kmod
${kernel}
iproute2, nfs-common, ca-certificates, openssh-server
procps, less
# for the initramfs of another architecture than the management node's
busybox-static, libstdc++6
`;

function kernelPackage(architecture: string): string {
  return architecture === 'ppc64el' ? 'linux-image-powerpc64le' : `linux-image-${architecture}`;
}
