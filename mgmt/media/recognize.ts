import type { Marks, MediumTexts } from './distribution.ts';
import { recognizeDebian } from './recognize-debian.ts';
import { recognizeRedhat } from './recognize-redhat.ts';
import { recognizeSuse } from './recognize-suse.ts';

/** The files by which media are told apart. */
const identifying =
  /^(?:\.discinfo|\.treeinfo|content|media\.\d{1,3}\/(?:media|products)|\.disk\/info|README\.diskdefines)$/u;

/** SUSE's newer media have a .treeinfo too, so what only one family has is asked for first. */
const families = [recognizeSuse, recognizeDebian, recognizeRedhat] as const;

/** Whether a file of a medium has a say in what it is. */
export function isIdentifying(path: string): boolean {
  return identifying.test(path);
}

/**
 * What the medium with these files is (reference 4.1); undefined if no family knows it. A family
 * that finds a name goes before one that only finds its files.
 */
export function recognize(texts: MediumTexts): Marks | undefined {
  const found = families.map((family) => family(texts)).filter((marks) => marks !== undefined);
  return found.find(({ name }) => name !== undefined) ?? found[0];
}
