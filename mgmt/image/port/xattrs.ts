import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { type Bytes, textOf } from '../../../agent/files/bytes.ts';
import { plain } from '../../core/plain.ts';
import { member, treeRoot } from './members.ts';
import { piped, together } from '../pack/piped.ts';
import type { Seen } from './tree-members.ts';

/** Labels and overlay marks say something about another machine. */
const machines = /^(?:security\.(?:selinux|ima|evm)|trusted\.overlay\.[^=]*)(?:=|$)/iu;

/** xattr(7), with a value in hexadecimal digits; one may be empty. */
const attribute = /^(?:user|trusted|security|system)\.[^=\s]{1,247}(?:=0x(?:[0-9a-f]{2})*)?$/iu;

/**
 * Gives an unpacked tree its extended attributes. Only members of the archive get any: no path of the
 * list is followed. Throws ERR_STATELITE_IMAGE naming the line that is refused.
 */
export async function restoreXattrs(
  list: string,
  into: string,
  members: Seen,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['setfattr', '--no-dereference', '--restore=-'];
  const set = piped(argv, { cwd: into, signal, install: 'attr' });
  set.stdout.resume();
  const unzipped = createGunzip();
  const reading = pipeline(createReadStream(list), unzipped);
  const lines = createInterface({ input: unzipped.setEncoding('latin1'), crlfDelay: 0 });
  const encoded = Readable.from(bytesOf(checkedXattrs(lines, members)));
  try {
    await together([set], [reading, pipeline(encoded, set.stdin)]);
  } catch (error) {
    if (hasCode(error, 'Z_BUF_ERROR', 'Z_DATA_ERROR')) throw refusal(`gzip: ${error.message}`);
    throw error;
  }
}

/** Lines of getfattr(1) for `rootimg/...` as lines for setfattr(1) in that directory. */
export async function* checkedXattrs(
  lines: AsyncIterable<Bytes> | Iterable<Bytes>,
  members: Seen,
): AsyncGenerator<Bytes> {
  let isNamed = false;
  for await (const line of lines) {
    const [, name] = /^# file: (.*)$/su.exec(line) ?? [];
    if (name !== undefined) {
      yield `# file: ./${escapedName(memberOf(name, members))}\n`;
      isNamed = true;
    } else if (line === '') {
      yield '\n';
      isNamed = false;
    } else if (isNamed && machines.test(line)) continue;
    else if (isNamed && attribute.test(line)) yield `${line}\n`;
    else throw refusal(`the line ${show(line)}`);
  }
}

function memberOf(written: Bytes, members: Seen): Bytes {
  const path = written.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
  const below = path === treeRoot ? '' : path.slice(treeRoot.length + 1);
  const isBelow = path === treeRoot || path.startsWith(`${treeRoot}/`);
  if (isBelow && members.has(below)) return below;
  throw refusal(`${show(path)} is not in the tree`);
}

/** As getfattr(1) writes names. */
export function escapedName(path: Bytes): Bytes {
  return path.replaceAll(
    /[\n\r\\]/gu,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

async function* bytesOf(lines: AsyncIterable<Bytes>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(line, 'latin1');
}

function show(bytes: Bytes): string {
  return plain(JSON.stringify(textOf(bytes.slice(0, 200))));
}

function refusal(why: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${member.xattrs} of the archive is refused: ${why}`,
    { hint: 'nothing was changed' },
  );
}
