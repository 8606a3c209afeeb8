import type { Answer, Candidate, Names } from './candidates.ts';
import type { VerbDefinition } from './definition.ts';
import { meaningOf } from './meaning.ts';
import { type Slot, slotOf, spellings } from './slot.ts';

/**
 * Says how a command line may go on, `words` up to the cursor. Texts of tables are offered only if
 * they are one word for every shell as they stand: whoever can name a node must not be able to run
 * anything in the shell of who completes the name.
 */
export async function answer(
  words: readonly string[],
  verbs: readonly VerbDefinition[],
  names: Names,
): Promise<Answer> {
  const slot = slotOf(words, verbs);
  const plainNames: Names = async (column) => (await names(column)).filter(isPlain);
  const { kind, kept, candidates } =
    slot.kind === 'value'
      ? await meaningOf(slot, plainNames)
      : { kind: 'words' as const, kept: 0, candidates: fixed(slot, verbs) };
  const begin = (words.at(-1) ?? '').slice(kept);
  const fitting = candidates.filter(({ text }) => text.startsWith(begin));
  const once = new Map(fitting.toReversed().map((each) => [each.text, each]));
  return { kind, kept, candidates: [...once.values()].toReversed() };
}

/** What the scripts read: `<kept> <kind>`, then a line for each, its note after a tab. */
export function answerLines(
  { kind, kept, candidates }: Answer,
  { notes }: { readonly notes: boolean },
): string[] {
  const lines = candidates.map(({ text, note }) =>
    notes && note !== undefined ? `${text}\t${note}` : text,
  );
  return [`${kept} ${kind}`, ...lines];
}

function fixed(
  slot: Exclude<Slot, { readonly kind: 'value' }>,
  verbs: readonly VerbDefinition[],
): Candidate[] {
  if (slot.kind === 'nothing') return [];
  if (slot.kind === 'verb')
    return verbs.map(({ name, describe }) => ({ text: name, note: describe }));
  const short = !slot.typed.startsWith('--');
  return slot.options.flatMap((option) =>
    spellings(option)
      .filter((text) => text.startsWith('--') || short)
      .map((text) => ({ text, note: option.spec.describe ?? '' })),
  );
}

/** No dash in front, which would be an option, and nothing that means more than itself. */
function isPlain(name: string): boolean {
  return /^[A-Za-z\d_/][A-Za-z\d_.:/%+-]*$/u.test(name);
}
