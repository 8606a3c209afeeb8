import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImageTree } from '../genimage/inside.ts';
import { ownScripts } from '../../postscripts/own-scripts.ts';
import { askingProgramNote } from './asking-program.ts';
import { linkTarget, type NodeFile } from './node-file.ts';
import { caPath, nodeProgram, programPath } from './node-program.ts';
import { systemdFiles } from './systemd-units.ts';
import { sysvinitFiles } from './sysvinit-files.ts';

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

/** Why nodes with the image run no postscripts and do not say that they have booted, if so. */
export async function noteOnNodeScripts(tree: ImageTree): Promise<string | undefined> {
  if ((await startedBy(tree)) !== undefined) return askingProgramNote(tree);
  return 'the image has no init that is known here (systemd, sysvinit, busybox): its nodes run no postscripts and do not say that they have booted';
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

/**
 * What makes the image's init run the program; undefined if it has none that we know. An image may
 * have two: /sbin/init counts, which without a link is that of sysvinit.
 */
async function startedBy(tree: ImageTree): Promise<NodeFile[] | undefined> {
  const init = await linkTarget(tree, '/sbin/init');
  if (basename(init ?? '') === 'busybox') {
    const before = await tree.read('/etc/inittab');
    return before === undefined ? undefined : [busyboxTable(before)];
  }
  const isProgram = init === undefined && (await tree.exists('/sbin/init'));
  const ofScripts = isProgram ? await sysvinitFiles(tree) : undefined;
  if (ofScripts !== undefined) return ofScripts;
  if (await tree.exists('/usr/lib/systemd/systemd')) return systemdFiles('/usr/lib/systemd/system');
  if (await tree.exists('/lib/systemd/systemd')) return systemdFiles('/lib/systemd/system');
  return (await tree.exists('/etc/init.d')) ? sysvinitFiles(tree) : undefined;
}

/** What is done at a shutdown is done line by line: ours comes before the network goes down. */
function busyboxTable(before: string): NodeFile {
  const down = `::shutdown:${programPath} stop`;
  const up = `::once:${programPath} start`;
  const kept = before.split('\n').filter((line) => line !== down && line !== up);
  if (kept.at(-1) === '') kept.pop();
  return { path: '/etc/inittab', content: `${[down, ...kept, up].join('\n')}\n`, mode: 0o644 };
}
