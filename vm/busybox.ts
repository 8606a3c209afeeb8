import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exec } from './exec.ts';
import { cached, hashOf } from './images.ts';
import { modulesFor, type Kernel } from './kernel.ts';

const busybox = '/bin/busybox';

/** What a node needs to mount NFS of every version over its virtio NIC. */
export const nfsModules = ['virtio_pci', 'virtio_net', 'nfsv3', 'nfsv4', 'overlay'];

export interface BusyboxGuest {
  readonly modules: readonly string[];
  /** Lines of shell. */
  readonly start: string;
  /** A static busybox for the guest's processor, if that is not this machine's. */
  readonly guestBusybox?: string;
}

/**
 * An initramfs of a static busybox, kernel modules and a few lines of shell: devices and modules
 * are there, `$start` is what `init` gets to run. About 9 MB, built once per content.
 */
export async function busyboxInitramfs(
  cache: string,
  kernel: Kernel,
  { modules, start, guestBusybox = busybox }: BusyboxGuest,
): Promise<string> {
  const key = [kernel.root, ...modules, init(start), dhcpScript, await hashOf(guestBusybox)];
  return cached(cache, 'busybox', key, async (path) => {
    const tree = await mkdtemp(`${path}.`);
    await fill(tree, await modulesFor(kernel, modules), { start, guestBusybox });
    const names = (await readdir(tree, { recursive: true })).toSorted();
    const cpio = [busybox, 'cpio', '-o', '-H', 'newc', '-F', path];
    await exec(cpio, { cwd: tree, input: `${names.join('\n')}\n` });
    await rm(tree, { recursive: true });
  });
}

async function fill(
  tree: string,
  modules: readonly string[],
  { start, guestBusybox }: { start: string; guestBusybox: string },
): Promise<void> {
  for (const directory of ['bin', 'dev', 'etc', 'mnt', 'modules', 'proc', 'sys', 'tmp']) {
    await mkdir(join(tree, directory));
  }
  await copyFile(guestBusybox, join(tree, 'bin/busybox'));
  await writeFile(join(tree, 'etc/udhcpc.sh'), dhcpScript);
  await writeFile(join(tree, 'init'), init(start));
  for (const file of ['bin/busybox', 'etc/udhcpc.sh', 'init']) await chmod(join(tree, file), 0o755);
  for (const [at, module] of modules.entries()) {
    // the number keeps the order for the shell's *
    const name = `${String(at).padStart(2, '0')}-${basename(module)}`;
    await writeFile(join(tree, 'modules', name), await readFile(module));
  }
}

const init = (start: string) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*.ko; do insmod "$module"; done
ip link set lo up
${start}
`;

/** What udhcpc calls: the address and the route, nothing else. */
const dhcpScript = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
`;

/** Gets an address for eth0, or fails within some seconds. */
export const dhcp = 'ip link set eth0 up && udhcpc -i eth0 -s /etc/udhcpc.sh -f -n -q -t 5 -T 1';

/** A root shell on the console that says \`ready\` and starts without a prompt or an echo. */
export const consoleShell = `
stty -F /dev/ttyS0 -echo
echo @@ready@@
exec env PS1= PS2= setsid cttyhack sh
`;
