import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { fewAtOnce } from '../few-at-once.ts';
import { isNodeName } from '../reports/place.ts';

/** Every kind that a host key is made of; RSA takes a second each, and nothing newer than 2014 needs it. */
const kinds = ['ed25519', 'ecdsa'] as const;

/** What a node may have, each about itself. */
export const credentialNames: readonly string[] = [
  ...kinds.flatMap((kind) => [`ssh_host_${kind}_key`, `ssh_host_${kind}_key.pub`]),
  'authorized_keys',
];

/** Nodes that have their keys made at the same time: each needs a process, and a unit has only so many. */
const maxMaking = 8;

export interface Credentials {
  /**
   * A node's own ssh host key, made when it is first asked for and kept; or who may log in as root.
   * Undefined if there is none of the name. Throws ERR_STATELITE_CONFIG if a key cannot be made.
   */
  readonly read: (node: string, name: string) => Promise<string | undefined>;
}

/**
 * Host keys are kept in `<directory>/<node>`, readable by nobody else; `authorizedKeys` is a file of
 * public keys. A node with the same name again is the same host to those who log in.
 */
export function credentials(directory: string, authorizedKeys: string): Credentials {
  const making = new Map<string, Promise<void>>();
  const make = fewAtOnce(makeKeys, maxMaking);
  const made = async (node: string) => {
    const place = join(directory, node);
    if (await exists(place)) return place;
    const running = making.get(node) ?? make(directory, node);
    making.set(node, running);
    try {
      await running;
    } finally {
      making.delete(node);
    }
    return place;
  };
  return {
    async read(node, name) {
      if (!credentialNames.includes(name) || !isNodeName(node)) return undefined;
      if (name === 'authorized_keys') return readIfThere(authorizedKeys, 'ENOTDIR', 'EISDIR');
      return readIfThere(join(await made(node), name), 'ENOTDIR', 'EISDIR');
    },
  };
}

/** All keys of a node or none: they are made in a directory beside, which is then renamed. */
async function makeKeys(directory: string, node: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const work = await mkdtemp(join(directory, '.new-'));
  try {
    for (const kind of kinds) {
      const file = join(work, `ssh_host_${kind}_key`);
      await keygen(['-q', '-t', kind, '-N', '', '-C', node, '-f', file]);
    }
    for (const name of credentialNames.filter((each) => each !== 'authorized_keys')) {
      await flush(join(work, name));
    }
    await rename(work, join(directory, node));
    await flush(directory);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return; // another daemon was sooner
    throw error;
  }
}

async function keygen(options: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('ssh-keygen', options, { timeout: 60_000 });
  } catch (cause) {
    const message = 'ssh-keygen made no host key';
    if (!hasCode(cause, 'ENOENT')) {
      throw new StateliteError('ERR_STATELITE_CONFIG', message, { cause });
    }
    throw new StateliteError('ERR_STATELITE_CONFIG', message, {
      cause,
      hint: 'install the ssh client programs on this machine',
    });
  }
}

async function flush(path: string): Promise<void> {
  await using file = await open(path);
  await file.sync();
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
