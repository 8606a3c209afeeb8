import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import * as fc from 'fast-check';

/** Something that a directory may hold; names are bytes. */
export interface RandomObject {
  readonly kind: 'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'device';
  readonly name: Buffer;
  readonly mode: number;
  readonly owner: number;
  readonly mtime: number;
  readonly content: Uint8Array;
  /** Which directory that is there already it goes into, and which file a link is of. */
  readonly place: number;
}

const name = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))))
  .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));

/** A tree of every kind of object that an archive holds, with any bytes as names. */
export const randomTree: fc.Arbitrary<readonly RandomObject[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('file', 'file', 'directory', 'symlink', 'link', 'fifo', 'device'),
    name,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    owner: fc.constantFrom(0, 1, 1000, 65_534, 70_000),
    mtime: fc.integer({ min: 0, max: 2_000_000_000 }),
    content: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.constant(new Uint8Array(5000)),
      fc.constant(new Uint8Array()),
    ),
    place: fc.nat(),
  }),
  { maxLength: 25 },
);

/** Makes it below an empty directory; a name that is taken is passed over. */
export function plantRandom(root: string, objects: readonly RandomObject[]): void {
  const directories: Buffer[] = [Buffer.from(root)];
  const files: Buffer[] = [];
  const taken = new Set<string>();
  const times: [Buffer, number][] = [];
  for (const { kind, name: own, mode, owner, mtime, content, place } of objects) {
    const into = directories[place % directories.length] ?? Buffer.from(root);
    const path = Buffer.concat([into, Buffer.from('/'), own]);
    if (taken.has(path.toString('latin1'))) continue;
    const other = files[place % Math.max(1, files.length)];
    if (kind === 'link' && other === undefined) continue;
    taken.add(path.toString('latin1'));
    if (kind === 'directory') {
      mkdirSync(path);
      directories.push(path);
    } else if (kind === 'file') {
      writeFileSync(path, content);
      files.push(path);
    } else if (kind === 'symlink') {
      symlinkSync(own, path);
    } else if (kind === 'link' && other !== undefined) {
      linkSync(other, path);
      continue;
    } else {
      const node = kind === 'fifo' ? ['p'] : ['c', `${place % 4000}`, `${place % 70_000}`];
      makeNode(path, node);
    }
    lchownSync(path, owner, owner);
    if (kind !== 'symlink') chmodSync(path, mode);
    times.push([path, mtime]);
  }
  chownSync(root, 7, 8);
  for (const [path, mtime] of times.toReversed()) lutimesSync(path, mtime, mtime);
}

/** mknod(1) takes bytes of a name only by its shell: the name is written in octal. */
function makeNode(path: Buffer, words: readonly string[]): void {
  const octal = [...path].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  execFileSync('bash', ['-c', `mknod $'${octal}' ${words.join(' ')}`]);
}
