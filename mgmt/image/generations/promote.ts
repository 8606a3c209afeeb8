import { StateliteError } from '../../../agent/errors.ts';
import { type ExchangeCalls, publish } from './publish.ts';
import { type Generation, generationOf, mustHaveCurrent } from './read.ts';
import { settle } from './settle.ts';

/**
 * Makes an earlier generation the image again, or the one before the current with `previous`; with
 * the image's lock. ERR_STATELITE_NOT_FOUND if there is none.
 */
export async function promote(
  rootimgdir: string,
  which: number | 'previous',
  calls: ExchangeCalls,
): Promise<{ readonly now: Generation; readonly before: Generation }> {
  const { place, generations } = await settle(rootimgdir);
  const before = mustHaveCurrent(generations, place);
  const wanted =
    which === 'previous' ? previousOf(generations.all, before) : generationOf(generations, which);
  if (!wanted.isCurrent) {
    const { directory, isCurrent: _, ...record } = wanted;
    await publish(directory, record, { place, generations, calls });
  }
  return { now: wanted, before };
}

/** By number, so that going back twice goes back two; never to one that was not yet the image. */
export function previousOf(all: readonly Generation[], current: Generation): Generation {
  const previous = all.findLast(
    ({ number, published }) => number < current.number && published.length > 0,
  );
  if (previous !== undefined) return previous;
  throw new StateliteError(
    'ERR_STATELITE_NOT_FOUND',
    `there is no generation before ${current.number}`,
    { hint: 'gc removed it, or there never was one; statelite image list shows those there are' },
  );
}
