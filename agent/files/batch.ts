import type { Native } from '../native/load.ts';
import type { Bytes } from './bytes.ts';
import { checkedCopy, type Tally } from './fault.ts';

/** One change of a batch; `from` is what the kind takes: a path, a symlink's text, or nothing. */
export interface Op {
  readonly kind: keyof typeof letters;
  readonly from: Bytes;
  readonly to: Bytes;
}

/** As in batch.c. */
const letters = {
  directory: 'D',
  object: 'C',
  'durable object': 'K',
  attributes: 'A',
  link: 'L',
  symlink: 'S',
} as const;

/**
 * Performs changes in order, in one trip into the thread pool: it takes longer than most of them do.
 * `onDone` hears of each and its result: 1 for a directory that is new, for copies the number of
 * xattrs that were lost. The first that fails ends it with a FileFault.
 */
export async function performBatch<One extends Op>(
  calls: Pick<Native, 'batch'>,
  ops: readonly One[],
  onDone: (op: One, result: number) => void = () => {},
  needs?: Readonly<Tally>,
): Promise<void> {
  if (ops.length === 0) return;
  const request = ops.map(({ kind, from, to }) => `${letters[kind]}${from}\0${to}`).join('\0');
  const results = (await calls.batch(request)).split(' ');
  for (const [index, op] of ops.entries()) {
    const sides = { from: op.from, to: op.to, ...(needs === undefined ? {} : { needs }) };
    onDone(op, checkedCopy(Number(results[index]), sides));
  }
}
