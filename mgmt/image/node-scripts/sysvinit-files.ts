import { readdir } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import type { ImageTree } from '../genimage/inside.ts';
import { inOrderOfStart, inOrderOfStop } from './depend-files.ts';
import { linkTarget, type NodeFile } from './node-file.ts';
import { programPath } from './node-program.ts';

const name = 'statelite-node';

/**
 * Scripts run detached: gettys begin only once all of a runlevel has started. Entering a runlevel
 * twice runs them once; `restart` runs them again. Red Hat's rc stops what has a file in
 * /var/lock/subsys only. A `stop` by hand is no node that goes down.
 */
const initScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    $all
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 6
# Short-Description: Postscripts of this node, and its status
### END INIT INFO
# chkconfig: 2345 99 00
case "\${1:-}" in
  start)
    if [ -d /var/lock/subsys ]; then touch /var/lock/subsys/${name} 2>/dev/null; fi
    setsid ${programPath} once </dev/null >/dev/null 2>/dev/console &
    ;;
  restart | force-reload) ${programPath} start ;;
  stop)
    set -- $(runlevel 2>/dev/null)
    case "\${RUNLEVEL:-\${2:-0}}" in
      0 | 6) ${programPath} stop ;;
    esac
    ;;
  *)
    echo "usage: $0 start | stop | restart" >&2
    exit 2
    ;;
esac
`;

/** The script and what makes init run it; undefined for an image without directories of runlevels. */
export async function sysvinitFiles(tree: ImageTree): Promise<NodeFile[] | undefined> {
  const files: NodeFile[] = [{ path: `/etc/init.d/${name}`, content: initScript, mode: 0o755 }];
  for (const above of ['/etc', '/etc/rc.d', '/etc/init.d']) {
    if (!(await tree.exists(`${above}/rc3.d`))) continue;
    const isSuse = above === '/etc/init.d';
    const target = isSuse ? `../${name}` : `../init.d/${name}`;
    const starts = ['2', '3', '4', '5'].map((level) => [`rc${level}.d`, 'S99'] as const);
    // SUSE's rc stops by the directory of the runlevel that ends.
    const ends = isSuse ? ['2', '3', '4', '5'] : ['0', '6'];
    const stops = ends.map((level) => [`rc${level}.d`, 'K00'] as const);
    for (const [directory, begin] of [...starts, ...stops]) {
      const place = `${above}/${directory}`;
      if (await isLinked(tree, place, begin.charAt(0), target)) continue;
      files.push({ path: `${place}/${begin}${name}`, target });
    }
    return [...files, ...(await dependencies(tree))];
  }
  return undefined;
}

/** insserv(8) gives links other numbers. */
async function isLinked(
  tree: ImageTree,
  directory: string,
  kind: string,
  target: string,
): Promise<boolean> {
  const pattern = new RegExp(String.raw`^${kind}\d\d${name}$`, 'u');
  const found = (await namesIn(await tree.at(directory))).filter((each) => pattern.test(each));
  for (const each of found)
    if ((await linkTarget(tree, `${directory}/${each}`)) === target) return true;
  return false;
}

/** Where startpar(8) starts services at the same time, it knows only those of these files. */
async function dependencies(tree: ImageTree): Promise<NodeFile[]> {
  const files: NodeFile[] = [];
  for (const [path, edit] of [
    ['/etc/init.d/.depend.start', inOrderOfStart],
    ['/etc/init.d/.depend.stop', inOrderOfStop],
  ] as const) {
    const before = await tree.read(path);
    if (before === undefined || before === '') continue;
    files.push({ path, content: edit(before, name), mode: 0o644 });
  }
  return files;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
