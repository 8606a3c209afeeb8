import type { Json } from './entry.ts';

/** An object of JSON. */
export type Fields = { readonly [key: string]: Json };

/** The keys of both, sorted. */
export function bothKeys(ours: Fields, stock: Fields): string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(stock)])].toSorted();
}

/** The members of an object; of anything else none. */
export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object out of JSON.parse
  return value as Fields;
}

/** The items of a list; of anything else none. */
export function listOf(value: Json | undefined): readonly Json[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Array.isArray knows no readonly lists
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
