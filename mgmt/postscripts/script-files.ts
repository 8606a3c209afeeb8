import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { ownScripts } from './own-scripts.ts';
import { isPrivateKey } from '../core/private-key.ts';

/** A file that nodes get, below the directory of scripts. */
export interface ScriptFile {
  /** `_ssh/authorized_keys`: plain names, with `/` between. */
  readonly path: string;
  /** SHA-256 in hex. */
  readonly digest: string;
  readonly size: number;
  readonly modified: Date;
}

export interface ScriptFiles {
  /** Every file that nodes may have, by path. What is kept back is told to `note` once. */
  readonly list: () => Promise<readonly ScriptFile[]>;
  /** The bytes of one as it was listed; undefined if there is none with them any more. */
  readonly read: (digest: string) => Promise<Buffer | undefined>;
}

/** A larger file is no script, and would be held in memory once for every node that asks. */
const largest = 16 * 1024 * 1024;
const deepest = 16;

/** What is known of a file until it changes. */
interface Known {
  readonly mark: string;
  readonly digest: string | undefined;
}

/**
 * The files of `<installdir>/postscripts`, and our own scripts where it has none of the name. Private
 * keys, large files, odd names and what leads out of the directory are kept back. The directory is
 * looked through at most once a second, and only files that changed are read again.
 */
export function scriptFiles(directory: string, note: (text: string) => void): ScriptFiles {
  const known = new Map<string, Known>();
  const noted = new Set<string>();
  const keepBack = (text: string) => {
    if (noted.has(text)) return;
    noted.add(text);
    note(text);
  };
  let looked:
    | { readonly until: number; readonly files: Promise<readonly ScriptFile[]> }
    | undefined;
  const list = async () => {
    const now = performance.now();
    if (looked !== undefined && now < looked.until) return looked.files;
    const files = look(directory, known, keepBack);
    looked = { until: now + 1000, files };
    files.catch(() => (looked = undefined));
    return files;
  };
  return {
    list,
    async read(digest) {
      const found = (await list()).find((file) => file.digest === digest);
      if (found === undefined) return undefined;
      const own = ownContent(found.path);
      if (own !== undefined && digestOf(own) === digest) return own;
      const content = (await contentOf(directory, found.path))?.content;
      return content !== undefined && digestOf(content) === digest ? content : undefined;
    },
  };
}

async function look(
  directory: string,
  known: Map<string, Known>,
  keepBack: (text: string) => void,
): Promise<readonly ScriptFile[]> {
  const files = new Map<string, ScriptFile>();
  for (const [path] of ownScripts) {
    const content = ownContent(path) ?? Buffer.alloc(0);
    files.set(path, { path, digest: digestOf(content), size: content.length, modified: began });
  }
  const paths = await pathsBelow(directory, '', keepBack, 0);
  for (const path of paths) {
    const file = await describe(directory, path, known, keepBack);
    if (file !== undefined) files.set(path, file);
  }
  const all = new Set(paths);
  for (const path of known.keys()) if (!all.has(path)) known.delete(path);
  return [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const began = new Date();

function ownContent(path: string): Buffer | undefined {
  const text = ownScripts.get(path);
  return text === undefined ? undefined : Buffer.from(text);
}

async function describe(
  directory: string,
  path: string,
  known: Map<string, Known>,
  keepBack: (text: string) => void,
): Promise<ScriptFile | undefined> {
  const before = known.get(path);
  const read = await contentOf(directory, path, before?.mark);
  if (read === undefined) return undefined;
  const { mark, size, modified, content } = read;
  let digest = before?.digest;
  if (content !== undefined) {
    if (size > largest) keepBack(`${path} has more than ${largest} bytes: nodes do not get it`);
    const isKey = isPrivateKey(content);
    if (isKey) keepBack(`${path} holds a private key: nodes do not get it`);
    digest = size > largest || isKey ? undefined : digestOf(content);
    known.set(path, { mark, digest });
  }
  return digest === undefined ? undefined : { path, digest, size, modified };
}

interface Read {
  /** Another one means other content. */
  readonly mark: string;
  readonly size: number;
  readonly modified: Date;
  /** Undefined if the mark is the one that was given; empty for a file that is too large. */
  readonly content: Buffer | undefined;
}

/** What was opened counts, so that no link can be exchanged in between. */
async function contentOf(
  directory: string,
  path: string,
  mark?: string,
): Promise<Read | undefined> {
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    await using file = await open(join(directory, path), constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat({ bigint: true });
    const { ino, size, mtimeNs, ctimeNs, mtime } = stats;
    const place = await readlink(`/proc/self/fd/${file.fd}`);
    if (!stats.isFile() || !place.startsWith(`${await realpath(directory)}/`)) return undefined;
    const now = [ino, size, mtimeNs, ctimeNs].join(':');
    const isLarge = size > largest;
    const content = now === mark ? undefined : isLarge ? Buffer.alloc(0) : await file.readFile();
    return { mark: now, size: Number(size), modified: mtime, content };
  } catch (error) {
    if (hasCode(error, ...gone)) return undefined;
    throw error;
  }
}

const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENXIO', 'ENAMETOOLONG'];

/** Regular files and links, by path; a directory that is a link is not entered. */
async function pathsBelow(
  directory: string,
  below: string,
  keepBack: (text: string) => void,
  depth: number,
): Promise<string[]> {
  const entries = await entriesOf(join(directory, below));
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(below, entry.name);
    if (!/^[\w][\w.+@:,=-]*$/u.test(entry.name)) {
      if (!entry.name.startsWith('.')) keepBack(`${path} has an odd name: nodes do not get it`);
    } else if (!entry.isDirectory()) found.push(path);
    else if (depth < deepest) {
      found.push(...(await pathsBelow(directory, path, keepBack, depth + 1)));
    }
  }
  return found;
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
