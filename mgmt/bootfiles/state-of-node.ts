import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { fileFault } from './file-fault.ts';
import { loaderOf, readState, statePath } from './node-files.ts';

/**
 * What a node was last set to, as its boot file says; without one it is `offline`.
 * ERR_STATELITE_BOOTFILE for something else in its place, or a fault of the file system.
 */
export async function stateOfNode(node: string, cluster: Cluster): Promise<string> {
  const loader = loaderOf(attributeOf(cluster, node, 'noderes', 'netboot'), node);
  const path = join(cluster.site.tftpdir, statePath({ node, loader }));
  const text = await bootFileAt(path);
  return text === undefined ? 'offline' : (readState(text) ?? 'offline');
}

async function bootFileAt(path: string): Promise<string | undefined> {
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return await file.readFile('utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (!hasCode(error, 'ENOTDIR', 'ELOOP', 'ENXIO')) throw fileFault(error, path, 'read');
  }
  throw new StateliteError('ERR_STATELITE_BOOTFILE', `what stands at ${path} is no boot file`, {
    hint: 'move it away, then run nodeset',
  });
}
