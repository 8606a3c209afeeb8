import type { BootAnswer, Partition } from '../../agent/protocol/answer.ts';
import type { Statemnt } from '../core/answer-for.ts';

/** Nodes of an image share its rows, as long as a snapshot lasts. */
const texts = new WeakMap<BootAnswer['litefile'], string>();

/** The boot answer as JSON. What it says most of all, the rows of the image, is written once. */
export function bootText(
  { litefile, ...answer }: BootAnswer,
  more: {
    readonly statemnt: Statemnt | undefined;
    readonly partition?: Partition | undefined;
    readonly policy: Readonly<Record<'litefile' | 'litetree', string>>;
  },
): string {
  const rows = texts.get(litefile) ?? JSON.stringify(litefile);
  texts.set(litefile, rows);
  return `${JSON.stringify({ ...answer, ...more }).slice(0, -1)},"litefile":${rows}}`;
}
