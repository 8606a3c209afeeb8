/**
 * The pkglist of an image that names none: what a diskless node needs to reach multi-user with a
 * serial console, a login and NFS. In the grammar of pkglist.ts.
 */
export const defaultPkglist = `
systemd, systemd-sysv, libpam-systemd, dbus, udev, kmod
# kernel and modules; the initramfs is built from them
linux-image-amd64
iproute2, nfs-common, ca-certificates, openssh-server
procps, less, busybox-static
`;

/** The kernel package in it, by Debian's architecture. */
export function defaultPkglistFor(architecture: string): string {
  return defaultPkglist.replace('linux-image-amd64', kernelPackage(architecture));
}

function kernelPackage(architecture: string): string {
  return architecture === 'ppc64el' ? 'linux-image-powerpc64le' : `linux-image-${architecture}`;
}
