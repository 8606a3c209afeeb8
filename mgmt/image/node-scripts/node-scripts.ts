import { lstat, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { hasCode } from '../../../agent/errors.ts';
import type { ImageTree } from '../genimage/inside.ts';
import { ownScripts } from '../../postscripts/own-scripts.ts';
import { caPath, nodeProgram, programPath } from './node-program.ts';

/** A file or a link that an image should have. */
export type NodeFile =
  | { readonly path: string; readonly content: string; readonly mode: number }
  | { readonly path: string; readonly target: string };

/**
 * What an image lacks to run postscripts and report a node's status, or has otherwise: the program,
 * the CA of this management node, and what its init starts. Nothing for an image without an init
 * that we know. `ca` is a PEM text; without it the image's own stays.
 */
export async function planNodeScripts(
  tree: ImageTree,
  ca: string | undefined,
): Promise<readonly NodeFile[]> {
  const started = await startedBy(tree);
  if (started === undefined) return [];
  const wanted: NodeFile[] = [
    { path: programPath, content: nodeProgram, mode: 0o755 },
    ...(ca === undefined ? [] : [{ path: caPath, content: ca, mode: 0o644 }]),
    ...started,
  ];
  const lacking: NodeFile[] = [];
  for (const file of wanted) if (!(await isThere(tree, file))) lacking.push(file);
  // What is there by its digest is not fetched at every boot; the site's own stay.
  for (const [name, content] of ownScripts) {
    const path = `/xcatpost/${name}`;
    if (!(await tree.exists(path))) lacking.push({ path, content, mode: 0o755 });
  }
  return lacking;
}

/** Puts them into the image; each is replaced as a whole. */
export async function writeNodeScripts(tree: ImageTree, files: readonly NodeFile[]): Promise<void> {
  for (const file of files) {
    if ('target' in file) await tree.link(file.path, file.target);
    else await tree.write(file.path, file.content, file.mode);
  }
}

async function isThere(tree: ImageTree, file: NodeFile): Promise<boolean> {
  if ('target' in file) return (await linkTarget(tree, file.path)) === file.target;
  if ((await tree.read(file.path)) !== file.content) return false;
  const { mode } = await lstat(await tree.at(file.path));
  return (mode & 0o777) === file.mode;
}

const units = '/usr/lib/systemd/system';

/** Postscripts may use everything that a booted node has; logging in does not wait for them. */
const unit = `[Unit]
Description=Postscripts of this node, and its status
After=network.target nss-lookup.target remote-fs.target rsyslog.service statelite-ssh-keys.service
ConditionKernelCommandLine=XCAT
ConditionPathExists=/.statelite

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${programPath} start
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
`;

/** A unit of its own: that of the postscripts may have failed, or be restarted to run them again. */
const downUnit = `[Unit]
Description=Tells the management node that this node goes down
After=network.target nss-lookup.target remote-fs.target
ConditionKernelCommandLine=XCAT
ConditionPathExists=/.statelite

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=${programPath} stop
TimeoutStopSec=10

[Install]
WantedBy=multi-user.target
`;

const initScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          statelite-node
# Required-Start:    $network $remote_fs $syslog
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Postscripts of this node, and its status
### END INIT INFO
# chkconfig: 2345 99 01
case "$1" in
  start | restart) ${programPath} start ;;
  stop) ${programPath} stop ;;
  *)
    echo "usage: $0 start | stop | restart" >&2
    exit 2
    ;;
esac
`;

/** What makes the image's init run the program; undefined if it has none that we know. */
async function startedBy(tree: ImageTree): Promise<NodeFile[] | undefined> {
  if (await tree.exists('/usr/lib/systemd/systemd')) return systemdFiles(units);
  if (await tree.exists('/lib/systemd/systemd')) return systemdFiles('/lib/systemd/system');
  if (basename((await linkTarget(tree, '/sbin/init')) ?? '') === 'busybox') {
    const before = await tree.read('/etc/inittab');
    return before === undefined ? undefined : [busyboxTable(before)];
  }
  return (await tree.exists('/etc/init.d')) ? initFiles(tree) : undefined;
}

/** Enabled as a vendor does it, so that /etc stays the administrator's, who can mask the unit. */
function systemdFiles(directory: string): NodeFile[] {
  const written = { 'statelite-node.service': unit, 'statelite-down.service': downUnit };
  return Object.entries(written).flatMap(([name, content]): NodeFile[] => [
    { path: `${directory}/${name}`, content, mode: 0o644 },
    { path: `${directory}/multi-user.target.wants/${name}`, target: `../${name}` },
  ]);
}

async function initFiles(tree: ImageTree): Promise<NodeFile[] | undefined> {
  const path = '/etc/init.d/statelite-node';
  for (const above of ['/etc', '/etc/rc.d', '/etc/init.d']) {
    if (!(await tree.exists(`${above}/rc3.d`))) continue;
    const target = above === '/etc/init.d' ? '../statelite-node' : '../init.d/statelite-node';
    const links = ['2', '3', '4', '5'].map((level) => `rc${level}.d/S99statelite-node`);
    const kills = ['0', '6'].map((level) => `rc${level}.d/K01statelite-node`);
    return [
      { path, content: initScript, mode: 0o755 },
      ...[...links, ...kills].map((link) => ({ path: `${above}/${link}`, target })),
    ];
  }
  return undefined;
}

function busyboxTable(before: string): NodeFile {
  const lines = [`::once:${programPath} start`, `::shutdown:${programPath} stop`];
  const kept = before.split('\n').filter((line) => line !== '' && !lines.includes(line));
  return { path: '/etc/inittab', content: `${[...kept, ...lines].join('\n')}\n`, mode: 0o644 };
}

async function linkTarget(tree: ImageTree, path: string): Promise<string | undefined> {
  const directory = await tree.at(path.slice(0, path.lastIndexOf('/')) || '/');
  try {
    return await readlink(`${directory}/${basename(path)}`);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return undefined;
    throw error;
  }
}
