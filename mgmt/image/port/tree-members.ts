import type { Member } from '../../../agent/files/archive.ts';
import { type Bytes, textOf } from '../../../agent/files/bytes.ts';
import { plain } from '../../core/plain.ts';
import { treeRoot } from './members.ts';

/** The members of a tree's archive so far, by their path below the root: whether they are directories. */
export type Seen = Map<Bytes, 'directory' | 'other'>;

/** An image with more names would not be served over NFS by anybody. */
const mostMembers = 5_000_000;

/** Where packages put device nodes: /dev itself, what udev copies there, and liteimg's originals. */
const deviceDirectories = /^(?:\.default\/)?(?:dev|(?:usr\/)?lib\/udev\/devices)\//u;

/** null, zero, full, random, urandom and the terminals: what everybody may open on any machine. */
const harmless: ReadonlySet<string> = new Set('1:3 1:5 1:7 1:8 1:9 5:0 5:1 5:2'.split(' '));

/**
 * Checks the next member of a tree and returns its path below the root, '.' for the root itself.
 * Refused are names that leave the root, come twice, or lie below what is no directory: nothing is
 * ever written through a link. Device nodes only stand where packages put them, and nobody but
 * their owner and group may open one that is a disk or the like.
 */
export function checkMember(member: Member, seen: Seen, refuse: (why: string) => Error): Bytes {
  const fail = (why: string): never => {
    throw refuse(`${plain(JSON.stringify(textOf(member.path)))} ${why}`);
  };
  const parts = member.path.replace(/^\.\//u, '').split('/');
  if (parts[0] !== treeRoot) fail(`is not below ${treeRoot}/`);
  if (parts.some((name) => name === '' || name === '.' || name === '..')) {
    fail('is no plain relative path');
  }
  const path = parts.slice(1).join('/');
  if (seen.has(path)) fail('comes twice, or is above another member');
  if (path === '' && member.type !== 'directory') fail('is no directory');
  if (seen.size >= mostMembers) fail(`is one too many: more than ${mostMembers}`);
  checkParents(path, seen, fail);
  if (member.type === 'character device' || member.type === 'block device') {
    checkDevice(member, path, fail);
  }
  seen.set(path, member.type === 'directory' ? 'directory' : 'other');
  return path === '' ? '.' : `./${path}`;
}

type Fail = (why: string) => never;

/** Directories that are not in the archive are made; from then on their names are taken. */
function checkParents(path: Bytes, seen: Seen, fail: Fail): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const above = path.slice(0, end);
    const known = seen.get(above);
    if (known === 'directory') return;
    if (known === 'other') fail('is below a member that is no directory');
    seen.set(above, 'directory');
  }
}

function checkDevice({ type, mode, device }: Member, path: Bytes, fail: Fail): void {
  const number = `${device.major}:${device.minor}`;
  if (type === 'character device' && number === '0:0') return; // an overlay's mark, which opens nothing
  if (!deviceDirectories.test(path)) fail('is a device node outside of /dev');
  const isHarmless = type === 'character device' && harmless.has(number);
  if (!isHarmless && (mode & 0o006) !== 0) {
    fail(`is the ${type} ${number}, which everybody could open here`);
  }
}
