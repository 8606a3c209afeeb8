import type { CaseInput } from './case.ts';
import { places } from './places.ts';

/** Every tree that the servers of a case ever export, those that only a later boot finds included. */
export function exportsOf({ trees, beforeBoot }: CaseInput): string[] {
  const later = Object.values(beforeBoot).flatMap((changes) => Object.keys(changes));
  return [...new Set([...Object.keys(trees), ...later.filter((name) => name.includes(':/'))])];
}

/** Where a tree is kept. The names are hostile, so the place has a number. */
export function placeOfExport(index: number): string {
  return `${places.trees}/${index}`;
}
