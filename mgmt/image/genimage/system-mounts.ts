import { workInside } from './installer.ts';
import type { ImageTree } from './inside.ts';

/**
 * Puts into the root what scripts of packages expect, for the mount namespace it runs in: the
 * processes of that namespace, the harmless devices, this machine's /sys to be read, an empty /run.
 * /sys is a tmpfs with the real directories in it: packages set the mode of the directory itself.
 */
const script = `set -eu
work=$1 here=$2 proc=$3 sys=$4 dev=$5 run=$6
shift 6
mkdir -p "$here" "$proc" "$sys" "$dev" "$run"
mount --bind "$work" "$here"
mount -t proc proc "$proc"
mount -t tmpfs -o mode=555 sys "$sys"
for from in /sys/*/; do
  to=$sys/$(basename "$from")
  mkdir "$to"
  mount --bind "$from" "$to"
  mount -o remount,bind,ro "$to"
done
mount -t tmpfs -o mode=755 dev "$dev"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$dev/\${node%:*}" c 1 "\${node#*:}"
done
mknod -m 666 "$dev/tty" c 5 0
mkdir "$dev/shm" "$dev/pts"
ln -s /proc/self/fd "$dev/fd"
for link in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/\${link%:*}" "$dev/\${link#*:}"; done
mount -t tmpfs -o mode=755 run "$run"
mkdir "$run/\${here##*/}"
mount --bind "$work" "$run/\${here##*/}"
exec "$@"
`;

/**
 * The command with mounts in the root and the directory `work` at `workInside`, on both sides. To be
 * run by `runIsolated`, with whose namespace the mounts end.
 */
export async function withSystemMounts(
  tree: ImageTree,
  work: string,
  argv: readonly string[],
): Promise<string[]> {
  const places = await Promise.all(['/proc', '/sys', '/dev', '/run'].map((path) => tree.at(path)));
  return ['sh', '-c', script, 'genimage', work, workInside, ...places, ...argv];
}
