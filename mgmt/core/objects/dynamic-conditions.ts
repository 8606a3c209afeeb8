import type { Mode } from './assignments.ts';
import type { Selection } from './selection.ts';

/** What stands between the conditions of a dynamic group (nodegroup.wherevals). */
const separator = '::';

/** The conditions of a dynamic group after a change; each once. */
export function combineConditions(
  mode: Mode,
  now: string,
  selections: readonly Selection[],
): string {
  const given = selections.map(({ text }) => text);
  if (mode === 'set') return given.join(separator);
  const old = now.split(separator).filter((each) => each !== '');
  const both = mode === 'add' ? [...old, ...given] : old.filter((each) => !given.includes(each));
  return [...new Set(both)].join(separator);
}
