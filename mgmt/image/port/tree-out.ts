import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Bytes } from '../../../agent/files/bytes.ts';
import { compressed } from '../pack/compress.ts';
import { cpioArchive } from '../pack/cpio.ts';
import { noExlist } from '../pack/exlist.ts';
import type { Member } from '../pack/member.ts';
import { selectMembers } from '../pack/pack-root.ts';
import { readXattrs, type Xattrs } from '../pack/xattrs.ts';
import { treeRoot } from './members.ts';
import { escapedName } from './xattrs.ts';
import { counted, type Work } from './work.ts';

/**
 * Packs `<rootimgdir>/rootimg` as it is: newc cpio, gzip, every name below `rootimg/` as stock xCAT
 * has it; into another file the extended attributes, as getfattr(1) dumps them, gzip, for newc has no
 * place for them. Returns what was left out and why, in words. Throws ERR_STATELITE_IMAGE for a file
 * of 4 GiB, which newc cannot hold either.
 */
export async function packTree(
  rootimgdir: string,
  output: { readonly tree: string; readonly xattrs: string },
  { signal, onBytes }: Work,
): Promise<readonly string[]> {
  const root = `${rootimgdir}/${treeRoot}`;
  const selection = await selectMembers({ root, exclude: noExlist, signal });
  const warnings = [...selection.warnings];
  const members = selection.members.map((member) => ({
    ...member,
    path: member.path === '' ? treeRoot : `${treeRoot}/${member.path}`,
  }));
  const xattrs = await readXattrs(members, (text) => warnings.push(text), signal);
  const dump = Readable.from(dumped(members, xattrs), { objectMode: false });
  await pipeline(dump, createGzip(), newFile(output.xattrs), { signal });
  const archive = Readable.from(counted(cpioArchive(members), onBytes), { objectMode: false });
  await pipeline(await compressed(archive, 'gzip', signal), newFile(output.tree), { signal });
  return warnings;
}

function* dumped(members: readonly Member[], xattrs: Xattrs): Generator<Buffer> {
  for (const { path, source } of members) {
    const found = 'place' in source ? (xattrs.get(source.place) ?? []) : [];
    if (found.length > 0) yield Buffer.from(dumpOf(path, found), 'latin1');
  }
}

function dumpOf(path: Bytes, found: readonly (readonly [Bytes, Buffer])[]): Bytes {
  const lines = found.map(([name, value]) => `${escapedName(name)}=0x${value.toString('hex')}`);
  return `# file: ${escapedName(path)}\n${lines.join('\n')}\n\n`;
}

function newFile(path: string) {
  return createWriteStream(path, { flags: 'wx', mode: 0o600 });
}
