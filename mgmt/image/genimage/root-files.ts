import { isWithin } from '../../../agent/rules/path.ts';
import type { ImageTree } from './inside.ts';
import type { Profile } from './profile-file.ts';

/** Where liteimg and the agent put things; an image without them cannot be mounted read-only. */
const mountPoints = [
  '/.default',
  '/.statelite',
  '/.sllocal/localmnt',
  '/.sllocal/log',
  '/xcatpost',
];

/** They maintain a disk or a package database; on a read-only root they only fail or cost boot time. */
const maintenance = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'backup-rpmdb.timer',
  'dnf-automatic.timer',
  'dnf-makecache.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'fstrim.timer',
];

/** The content that tells the agent that this resolv.conf is nobody's (semantics.md 3.8). */
const dummyResolvConf = '# Dummy resolv.conf: the node replaces it with the answer of DHCP\n';

const hosts = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
`;

/**
 * /etc/fstab as xCAT writes it, with one difference: the root is `ro` here, where xCAT writes `rw`
 * and its liteimg corrects it. systemd-remount-fs(8) applies this line, and would make the node's
 * root writable.
 */
export function renderFstab({ profile, osarch }: Pick<Profile, 'profile' | 'osarch'>): string {
  return `devpts  /dev/pts devpts   gid=5,mode=620 0 0
tmpfs   /dev/shm tmpfs    defaults       0 0
proc    /proc    proc     defaults       0 0
sysfs   /sys     sysfs    defaults       0 0
${profile}_${osarch}  /        tmpfs    ro             0 0
`;
}

/** Makes a root that was just installed into one that many nodes boot at once. */
export async function writeRootFiles(tree: ImageTree, profile: Profile): Promise<void> {
  await tree.write('/etc/fstab', renderFstab(profile));
  await writeDummyResolvConf(tree);
  if (!(await tree.exists('/etc/hosts'))) await tree.write('/etc/hosts', hosts);
  // Empty: systemd keeps the host name that the agent set, and makes a machine id for each boot.
  await tree.write('/etc/hostname', '', 0o644);
  await tree.write('/etc/machine-id', '', 0o444);
  if (await tree.exists('/var/lib/dbus')) {
    await tree.link('/var/lib/dbus/machine-id', '/etc/machine-id');
  }
  for (const timer of maintenance) {
    if (!(await tree.exists(`/lib/systemd/system/${timer}`))) continue;
    await tree.link(`/etc/systemd/system/${timer}`, '/dev/null');
  }
  await disableSelinux(tree);
  for (const directory of mountPoints) await tree.makeDirectory(directory);
}

/** A root that was made here has no labels: a kernel that enforced a policy on it would run nothing. */
async function disableSelinux(tree: ImageTree): Promise<void> {
  const path = '/etc/selinux/config';
  const before = await tree.read(path);
  if (before === undefined) return;
  await tree.write(path, before.replace(/^SELINUX=.*$/m, 'SELINUX=disabled'));
}

/** Not if it leads to /run: what makes the file there at run time knows its name servers. */
async function writeDummyResolvConf(tree: ImageTree): Promise<void> {
  const place = (await tree.at('/etc/resolv.conf')).slice(tree.root.length);
  if (!isWithin(place, '/run')) await tree.write('/etc/resolv.conf', dummyResolvConf, 0o644);
}
