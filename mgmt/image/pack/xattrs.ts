import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { Bytes } from '../../../agent/files/bytes.ts';
import type { Member } from './member.ts';

/** Extended attributes by the place of their file; ACLs and file capabilities are among them. */
export type Xattrs = ReadonlyMap<Bytes, readonly (readonly [name: string, value: Buffer])[]>;

/** Paths of one call: arguments of a program are limited, and most are short. */
const mostBytes = 100_000;

/** Labels and overlay marks say something about this machine only. */
const ours = /^(?:security\.selinux|security\.ima|security\.evm|trusted\.overlay\.)/u;

/**
 * The extended attributes of members, read by getfattr(1): Node has no call for them. Without the
 * program `warn` is told that they are left out.
 */
export async function readXattrs(
  members: readonly Member[],
  warn: (text: string) => void,
  signal?: AbortSignal,
): Promise<Xattrs> {
  const found = new Map<Bytes, (readonly [string, Buffer])[]>();
  for (const batch of batches(members)) {
    let text: string;
    try {
      text = await getfattr(batch, signal);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      warn(
        'extended attributes and file capabilities are left out: getfattr is missing (apt-get install attr)',
      );
      return found;
    }
    parseGetfattr(text, found);
  }
  return found;
}

/** Reads what `getfattr --encoding=hex` prints, one character a byte. */
export function parseGetfattr(text: string, into: Map<Bytes, (readonly [string, Buffer])[]>): void {
  for (const block of text.split('\n\n')) {
    const [head = '', ...lines] = block.split('\n');
    const [, escaped] = /^# file: (.*)$/u.exec(head) ?? [];
    if (escaped === undefined) continue;
    const values = lines.flatMap((line): (readonly [string, Buffer])[] => {
      const [, name, hex = ''] = /^([^=]+)(?:=0x([0-9a-f]*))?$/u.exec(line) ?? [];
      return name === undefined || ours.test(name)
        ? []
        : [[unescaped(name), Buffer.from(hex, 'hex')]];
    });
    if (values.length > 0) into.set(unescaped(escaped), values);
  }
}

async function getfattr(
  places: readonly Bytes[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const options = '--no-dereference --absolute-names --match=- --dump --encoding=hex --'.split(' ');
  // Arguments are text for Node, and names of files are bytes: xargs takes them from its input.
  const run = promisify(execFile)('xargs', ['-0', '-r', 'getfattr', ...options], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    signal,
  });
  run.child.stdin?.end(Buffer.from(places.map((place) => `${place}\0`).join(''), 'latin1'));
  try {
    return (await run).stdout;
  } catch (error) {
    if (hasCode(error, '127'))
      throw Object.assign(new Error('getfattr', { cause: error }), { code: 'ENOENT' });
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    const lines = stderr.split('\n').filter((line) => line !== '');
    const stdout = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    if (lines.length > 0 && lines.every((line) => line.endsWith('Operation not supported')))
      return stdout;
    throw new StateliteError('ERR_STATELITE_COMMAND', `getfattr failed: ${lines.join('; ')}`, {
      cause: error,
    });
  }
}

function* batches(members: readonly Member[]): Generator<Bytes[]> {
  let batch: Bytes[] = [];
  let bytes = 0;
  for (const { source } of members) {
    if (!('place' in source)) continue;
    batch.push(source.place);
    bytes += source.place.length + 1;
    if (bytes < mostBytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** Backslashes and control characters are octal there. */
function unescaped(text: string): Bytes {
  return text.replace(/\\([0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
