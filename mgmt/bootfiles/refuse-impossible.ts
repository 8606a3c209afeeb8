import { StateliteError } from '../../agent/errors.ts';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { storeOf } from '../../agent/rules/options.ts';
import { selectRows, type Winner } from '../../agent/rules/select.ts';

/** For each store that nodes need not have, a row of an image that asks for it. */
export interface StoreDemands {
  readonly persistent: Winner | undefined;
  readonly localdisk: Winner | undefined;
}

/** What of the rows that apply to an image its nodes must have. Throws what `selectRows` throws. */
export function storeDemands(rows: readonly LitefileRow[]): StoreDemands {
  const winners = selectRows(rows);
  const first = (store: keyof StoreDemands) =>
    winners.find(({ option }) => storeOf(option) === store);
  return { persistent: first('persistent'), localdisk: first('localdisk') };
}

/**
 * Refuses a node whose rows ask for a store that its kernel command line does not name: data that
 * is meant to stay is never put into RAM without a word (semantics 3.5). ERR_STATELITE_TABLE names
 * node and path.
 */
export function refuseImpossible(
  node: string,
  demands: StoreDemands,
  kernelArguments: readonly string[],
): void {
  const names = (key: string) =>
    kernelArguments.some((word) => word.startsWith(key) && word.length > key.length);
  const { persistent, localdisk } = demands;
  if (persistent !== undefined && !names('STATEMNT=')) {
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `${persistent.written} is ${persistent.option}, but ${node} has no persistent store`,
      { hint: `give it one: chtab node=${node} statelite.statemnt=<server>:/<directory>` },
    );
  }
  const divides = kernelArguments.some((word) => /^PARTITION(_RH|_SLES)?$/.test(word));
  if (localdisk !== undefined && !divides && !names('statelite.localdisk=')) {
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `${localdisk.written} is localdisk, but ${node} has no local disk`,
      {
        hint: 'give its image a partitionfile with enable=yes, or add statelite.localdisk=/dev/… to bootparams.addkcmdline, or change the row',
      },
    );
  }
}
