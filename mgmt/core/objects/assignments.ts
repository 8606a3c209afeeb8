import { StateliteError } from '../../../agent/errors.ts';
import { splitList } from '../list.ts';
import { attributeNamed, type ObjectType } from './types.ts';

/** How a given value and the one that is there become one: chdef, chdef -p, chdef -m. */
export type Mode = 'set' | 'add' | 'remove';

/** Words of a command line: names come first, then `attr=value`. */
export interface Words {
  readonly names: readonly string[];
  readonly assignments: ReadonlyMap<string, string>;
}

/** Tells names from `attr=value`. An attribute given twice is ERR_STATELITE_USAGE. */
export function parseWords(words: readonly string[]): Words {
  const names: string[] = [];
  const assignments = new Map<string, string>();
  for (const word of words) {
    const { attribute, value } =
      /^(?<attribute>\w[\w.-]*)=(?<value>.*)$/su.exec(word)?.groups ?? {};
    if (attribute === undefined || value === undefined) names.push(word);
    else if (assignments.has(attribute)) refuse(`${attribute} is given more than once`);
    else assignments.set(attribute, value);
  }
  if (names.length > 1) refuse(`${names[1]} is no attr=value`, 'names are one word: n1,n2');
  return { names, assignments };
}

/** Throws for the first attribute that the type has not, or that a site cannot have. */
export function checkAttributes(type: ObjectType, assignments: ReadonlyMap<string, string>): void {
  for (const attribute of assignments.keys()) attributeNamed(type, attribute);
}

/** The value after the change; blank for none. */
export function combine(mode: Mode, now: string, given: string): string {
  if (mode === 'set') return given;
  if (mode === 'add') return [...new Set([...splitList(now), ...splitList(given)])].join(',');
  const gone = new Set(splitList(given));
  return splitList(now)
    .filter((word) => !gone.has(word))
    .join(',');
}

function refuse(problem: string, hint?: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, hint === undefined ? {} : { hint });
}
