import { namesIfThere } from '../../../agent/files/if-there.ts';
import type { ImageTree } from './inside.ts';

/**
 * Host keys are a node's identity: one set in an image that many nodes boot, readable by whoever
 * may mount it, is no identity. A node makes its own at boot if /etc/ssh is writable: with a
 * litefile row `/etc/ssh/ tmpfs` new ones every time, with `persistent` once. Otherwise sshd is
 * skipped, unless a litetree brings keys.
 */
const makeKeys = `[Unit]
Description=Host keys of this node
Documentation=man:ssh-keygen(1)
ConditionPathIsReadWrite=/etc/ssh
After=local-fs.target

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
`;
/** Debian's name of the server's unit, and everybody else's. */
const services = ['ssh.service', 'sshd.service'];
const needKeys = `[Unit]
Wants=statelite-ssh-keys.service
After=statelite-ssh-keys.service
ConditionPathExistsGlob=/etc/ssh/ssh_host_*_key
`;

/** Takes the host keys out of an image with an ssh server, and lets nodes make their own. */
export async function dropSshKeys(tree: ImageTree): Promise<void> {
  const found: string[] = [];
  for (const name of services) {
    if (await tree.exists(`/lib/systemd/system/${name}`)) found.push(name);
  }
  if (found.length === 0) return;
  for (const name of await namesIfThere(await tree.at('/etc/ssh'))) {
    if (/^ssh_host_.*_key(\.pub)?$/.test(name)) await tree.remove(`/etc/ssh/${name}`);
  }
  await tree.write('/etc/systemd/system/statelite-ssh-keys.service', makeKeys);
  for (const name of found) {
    await tree.write(`/etc/systemd/system/${name}.d/statelite.conf`, needKeys);
  }
}
