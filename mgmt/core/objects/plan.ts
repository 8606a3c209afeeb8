import { StateliteError } from '../../../agent/errors.ts';
import type { Mode } from './assignments.ts';
import { changesFor, type RowChange, type Wanted } from './changes.ts';
import { isDefined, type Objects } from './definition.ts';
import { memberChanges } from './members.ts';
import { ownRows } from './remove.ts';
import type { ObjectType } from './types.ts';

/** What is done about an object that there is already. */
export type OnExisting = 'refuse' | 'replace' | 'change';

/** The changes of a command, and the names of the objects that were not there before. */
export interface ObjectPlan {
  readonly changes: readonly RowChange[];
  readonly created: readonly string[];
}

/**
 * What mkdef and chdef write for objects of one type. Throws ERR_STATELITE_TABLE in xCAT's words for
 * one that there is already, and like `changesFor` and `memberChanges`.
 */
export function planObjects(
  type: ObjectType,
  wanted: readonly Wanted[],
  { mode, onExisting }: { readonly mode: Mode; readonly onExisting: OnExisting },
  objects: Objects,
): ObjectPlan {
  const changes: RowChange[] = [];
  const created: string[] = [];
  for (const object of wanted) {
    const { name } = object;
    const exists = isDefined(type, name, objects);
    // The site is always there, and so is a group that nodes name: mkdef sets what it is given.
    const isImplicit = type.name === 'site' || objects.rowOf(type, type.table, name) === undefined;
    if (exists && !isImplicit && onExisting === 'refuse') refuseExisting(name);
    const isReplaced = exists && onExisting === 'replace';
    if (isReplaced) changes.push(...ownRows(type, name, objects));
    const isThere = exists && (onExisting === 'change' || !isImplicit);
    const state = isReplaced ? 'replaced' : isThere ? 'there' : 'new';
    changes.push(...changesFor(type, object, { mode, state }, objects));
    if (!exists) created.push(name);
  }
  if (type.name === 'group') changes.push(...memberChanges(wanted, mode, objects));
  return { changes, created };
}

function refuseExisting(name: string): never {
  throw new StateliteError('ERR_STATELITE_TABLE', `A definition for '${name}' already exists.`, {
    hint: 'chdef changes it, mkdef -f makes it anew',
  });
}
