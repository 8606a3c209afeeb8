import { getSystemErrorMessage } from 'node:util';
import { type Bytes, errnoName, textOf } from './bytes.ts';

/** What one step has copied so far, and what it was about to. */
export interface Tally {
  bytes: number;
  objects: number;
}

export type Side = 'reading' | 'writing';

/** What libuv has no words for; it calls them `Unknown system error -122`, also as `code`. */
const words = new Map([
  ['EDQUOT', 'disk quota exceeded'],
  ['ESTALE', 'stale file handle'],
]);

/** The name of a system error's errno, and what it means, in the kernel's words. */
export function nameErrno(errno: number): { code: string; words: string } {
  const code = errnoName(errno);
  return { code, words: words.get(code) ?? getSystemErrorMessage(-errno) };
}

/** A system call of a copy that failed: at which file, and on which side. `code` is the errno's name. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly code: string;
  /** Negative, as in the errors of node:fs. */
  readonly errno: number;
  readonly side: Side;
  /** Absolute on this machine. */
  readonly path: string;
  /** At least this much the target has to have room for. */
  readonly needs: Readonly<Tally> | undefined;

  constructor(errno: number, side: Side, path: Bytes, needs?: Readonly<Tally>) {
    const { code, words: reason } = nameErrno(errno);
    super(`${code}: ${reason}, ${side} ${textOf(path)}`);
    this.code = code;
    this.errno = -errno;
    this.side = side;
    this.path = textOf(path);
    this.needs = needs;
  }
}

/** As in addon.c: failures of a copy's target lie below every errno. */
const onTarget = 4096;

/** Turns the negative result of a copying call of the addon into a fault; passes others through. */
export function checkedCopy(
  result: number,
  { from, to, needs }: { from: Bytes; to: Bytes; needs?: Readonly<Tally> },
): number {
  if (result >= 0) return result;
  if (result <= -onTarget) throw new FileFault(-result - onTarget, 'writing', to, needs);
  throw new FileFault(-result, 'reading', from);
}
