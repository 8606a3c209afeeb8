import { type ObjectType, objectTypes, siteName } from '../core/objects/types.ts';
import { tables } from '../db/tables.ts';
import type { Table } from '../db/table.ts';
import { afterComma, type Answer, type Candidate, type Names, offer, plain } from './candidates.ts';
import { valuesIn } from './column-words.ts';
import { groups, nodesAndGroups, noderange } from './name-words.ts';
import type { ValueSlot } from './slot.ts';

/** A word of lsdef and its kin: first names, which are one word, then attributes if it sets some. */
export async function objectWord(slot: ValueSlot, names: Names): Promise<Answer> {
  const named = slot.words.length > 0 || slot.options.has('objects');
  if (!named) return objectNames(slot, names);
  if (!takesAttributes(slot)) return offer(0, []);
  const { typed } = slot;
  const end = typed.indexOf('=');
  if (end < 0) return offer(0, attributes(slot, '='));
  const name = typed.slice(0, end).replace(/[+-]$/u, '');
  const attribute = typeOf(slot)?.attributes.get(name);
  const values = attribute && (await valuesIn(attribute.table, attribute.column, names));
  return offer(Math.max(end + 1, afterComma(typed)), values ?? []);
}

/** Names of objects of the type that is given, or nodes. */
export async function objectNames(slot: ValueSlot, names: Names): Promise<Answer> {
  const { typed } = slot;
  const type = typeOf(slot);
  if (type === undefined) return offer(0, []);
  if (type.name === 'node') return noderange(typed, names);
  return offer(afterComma(typed), await namesOf(type, names));
}

/** `-t node,group` */
export function typeList({ typed }: ValueSlot): Answer {
  const types = Object.values(objectTypes).map(({ name, doc }) => ({ text: name, note: doc }));
  return offer(afterComma(typed), types);
}

/** `-i ip,mac` */
export function attributeList(slot: ValueSlot): Answer {
  return offer(afterComma(slot.typed), attributes(slot, ''));
}

/** `attribute==value`, of an object or of a table's rows. */
export function condition(slot: ValueSlot): Answer {
  if (isAboutObjects(slot)) return offer(0, attributes(slot, '=='));
  const spec = Object.values<Table>(tables).find(({ name }) => name === slot.words[0]);
  return offer(0, plain(Object.keys(spec?.columns ?? {}), '=='));
}

/** Verbs that take `-t` are about objects; the others are about rows. */
export function isAboutObjects({ verb }: ValueSlot): boolean {
  return verb.options.some(({ name }) => name === 'type');
}

/** Verbs that can make a group dynamic are the ones that set attributes. */
function takesAttributes({ verb }: ValueSlot): boolean {
  return verb.options.some(({ name }) => name === 'dynamic');
}

/** Undefined for an unknown type and for several. */
function typeOf({ options }: ValueSlot): ObjectType | undefined {
  const name = options.get('type') ?? 'node';
  return Object.values(objectTypes).find((type) => type.name === name);
}

function attributes(slot: ValueSlot, ending: string): Candidate[] {
  const known = typeOf(slot)?.attributes ?? [];
  return Array.from(known, ([name, { doc }]) => ({ text: name + ending, note: doc }));
}

/** Those whose names are one column; a litefile row is named by two. */
async function namesOf({ name, table }: ObjectType, names: Names): Promise<Candidate[]> {
  if (name === 'group') return groups(names);
  if (name === 'statelite') return nodesAndGroups(names);
  if (name === 'site') return plain([siteName]);
  if (name === 'network') return plain(await names('networks.netname'));
  const [column, ...others] = tables[table].key;
  return others.length === 0 ? plain(await names(`${table}.${column}`)) : [];
}
