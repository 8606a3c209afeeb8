import { createReadStream } from 'node:fs';
import { mkdir, open, stat, symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { plain } from '../../core/plain.ts';
import { extraDirectory } from './members.ts';
import { roomIn } from './tree-in.ts';
import type { Work } from './work.ts';

/** Files of an image archive, unpacked. */
export interface Unpacked {
  readonly directory: string;
  /** By their names below the image's directory, e.g. `kernel`, `extra/etc/motd`: what they are. */
  readonly members: ReadonlyMap<string, 'file' | 'directory' | 'symlink'>;
  /** What such an archive may hold and we have no use for. */
  readonly ignored: readonly string[];
}

/** More is no image archive: the tree of the image is one member. */
const mostMembers = 200_000;

/**
 * Unpacks an image archive (.tgz of one directory) into the empty directory `into`, streaming. Files
 * keep their permissions, but no owner and no set-id bits. Throws ERR_STATELITE_IMAGE naming the
 * member, for: names that lead out or come twice, what is no file or directory, links that leave
 * their extra directory, files below links, more bytes than there is room for, a damaged archive.
 * ERR_STATELITE_NOT_FOUND if there is none.
 */
export async function unpackArchive(
  archive: string,
  into: string,
  { signal, onBytes }: Work,
): Promise<Unpacked> {
  await mustBeThere(archive);
  const members = new Map<string, 'file' | 'directory' | 'symlink'>();
  const ignored: string[] = [];
  let image: string | undefined;
  let room = await roomIn(into);
  let bytes = 0;
  const entries = extract();
  const reading = pipeline(createReadStream(archive), createGunzip(), entries, { signal });
  reading.catch(() => {}); // the loop below gets it too
  try {
    for await (const entry of entries) {
      const { header } = entry;
      const parts = partsOf(header);
      const [first] = parts;
      if (first === undefined) {
        entry.resume();
        continue;
      }
      if (image !== undefined && first !== image) {
        throw refusal(header, `is not in the directory ${JSON.stringify(image)} of the others`);
      }
      image = first;
      const name = parts.slice(1).join('/');
      if (name === '' || (parts.length > 2 && parts[1] !== extraDirectory)) {
        if (name === '' && header.type !== 'directory') throw refusal(header, 'is no directory');
        if (name !== '') ignored.push(name);
        entry.resume();
        continue;
      }
      room -= header.size;
      if (room < 0)
        throw refusal(header, `has ${header.size} bytes, and there is no room for them`);
      await unpackMember(header, name, {
        entry: bytesOf(entry),
        skip: () => void entry.resume(),
        into,
        members,
      });
      onBytes((bytes += header.size));
    }
    await reading;
  } catch (error) {
    throw explained(error);
  }
  return { directory: into, members, ignored };
}

async function mustBeThere(archive: string): Promise<void> {
  const hint = 'imgimport takes a .tgz of imgexport';
  try {
    if (!(await stat(archive)).isDirectory()) return;
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no ${archive}`, { hint, cause });
  }
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `${archive} is a directory`, { hint });
}

async function* bytesOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) throw new Error('a tar entry is made of bytes');
    yield chunk;
  }
}

interface Member {
  readonly entry: AsyncIterable<Uint8Array>;
  readonly skip: () => void;
  readonly into: string;
  readonly members: Map<string, 'file' | 'directory' | 'symlink'>;
}

async function unpackMember(
  header: Header,
  name: string,
  { entry, skip, into, members }: Member,
): Promise<void> {
  const { type } = header;
  const known = members.get(name);
  if (known === 'directory' && type === 'directory') return skip();
  if (known !== undefined) throw refusal(header, 'comes twice, or is above another member');
  if (members.size >= mostMembers)
    throw refusal(header, `is one too many: more than ${mostMembers}`);
  await makeParents(header, name, into, members);
  const place = join(into, name);
  const mode = header.mode & 0o777;
  switch (type) {
    case 'directory':
      await mkdir(place, { mode: 0o755 });
      members.set(name, 'directory');
      skip();
      break;
    case 'file':
    case 'contiguous-file': {
      await using file = await open(place, 'wx', 0o600);
      await file.writeFile(entry);
      await file.chmod(mode);
      members.set(name, 'file');
      break;
    }
    case 'symlink':
      await symlink(innerTarget(header, name), place);
      members.set(name, 'symlink');
      skip();
      break;
    case 'link':
    case 'fifo':
    case 'block-device':
    case 'character-device':
    default: // tar-stream's types leave out kinds that it does not know
      throw refusal(header, `is a ${type ?? 'member of an unknown kind'}`);
  }
}

async function makeParents(
  header: Header,
  name: string,
  into: string,
  members: Member['members'],
): Promise<void> {
  const above = dirname(name);
  if (above === '.' || members.get(above) === 'directory') return;
  if (members.has(above)) throw refusal(header, 'is below a member that is no directory');
  await makeParents(header, above, into, members);
  await mkdir(join(into, above), { mode: 0o755 });
  members.set(above, 'directory');
}

/** A link of an extra directory may lead to its neighbours, and nowhere else. */
function innerTarget(header: Header, name: string): string {
  const target = header.linkname;
  const [, , top] = name.split('/');
  const leads = normalize(join(dirname(name), target));
  const isInside = leads === name || leads.startsWith(`${extraDirectory}/`);
  if (top === undefined || target === '' || target.startsWith('/') || !isInside) {
    throw refusal(header, `is a link to ${plain(JSON.stringify(target))}, which leads out`);
  }
  return target;
}

/** `./image/kernel` in its parts. */
function partsOf(header: Header): string[] {
  const { name } = header;
  const parts = name
    .replace(/^(?:\.\/)+/u, '')
    .replace(/\/+$/u, '')
    .split('/');
  if (parts.length === 1 && ['', '.'].includes(parts[0] ?? '')) return [];
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPlain && !name.includes('\0') && name.length < 4096) return parts;
  throw refusal(header, 'is no plain relative path');
}

function refusal({ name }: Header, why: string): StateliteError {
  const shown = plain(JSON.stringify(name.slice(0, 200)));
  return new StateliteError('ERR_STATELITE_IMAGE', `the archive is refused: ${shown} ${why}`, {
    hint: 'nothing was changed',
  });
}

/** What zlib and tar-stream say is of the archive; the rest is of this machine. */
function explained(error: unknown): unknown {
  if (error instanceof StateliteError || !(error instanceof Error)) return error;
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return new StateliteError('ERR_STATELITE_IMAGE', 'there is no room to unpack the archive', {
      cause: error,
      hint: 'make room below installdir and run it again; nothing was changed',
    });
  }
  if ('errno' in error && typeof error.errno === 'number' && 'syscall' in error) return error;
  if (error.name === 'AbortError') return error;
  return new StateliteError('ERR_STATELITE_IMAGE', 'the archive is damaged or no .tgz', {
    cause: error,
    hint: 'was it copied as a whole? nothing was changed',
  });
}
