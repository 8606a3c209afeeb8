import type { Definition, Shown } from './definition.ts';
import { stanzaHead, stanzaLines } from './stanza.ts';

/** How lsdef prints objects. */
export interface Format {
  /** `names` only, `long`, `compact` as one line for each value, or `stanza`. */
  readonly form: 'names' | 'long' | 'compact' | 'stanza';
  /** Only these, also without a value; undefined for all that have one. */
  readonly only: readonly string[] | undefined;
  /** What is said about each value besides. */
  readonly notes: 'none' | 'sources' | 'tables';
  /** Whether the objects are of several types, which the long form then names. */
  readonly mixed: boolean;
}

/** The lines that lsdef prints, in the form of xCAT's. */
export function showObjects(objects: readonly Definition[], format: Format): string[] {
  switch (format.form) {
    case 'names':
      return objects.map(({ name, type }) => `${name}  (${type.name})`);
    case 'long':
      return objects.flatMap((object) => longLines(object, format));
    case 'compact':
      return objects.flatMap(({ name, attributes }) =>
        valuesOf(attributes, format).map((line) => `${name}: ${line}`),
      );
    case 'stanza':
      return [stanzaHead, ...objects.flatMap((object) => stanzaLines(chosen(object, format)))];
  }
}

function longLines({ name, type, attributes }: Definition, format: Format): string[] {
  const kind = format.mixed ? `  (${type.name})` : '';
  const lines = valuesOf(attributes, format).map((line) => `    ${line}`);
  return [`Object name: ${name}${kind}`, ...lines];
}

/** `attr=value`; one that was asked for is there without a value too. */
function valuesOf(attributes: Definition['attributes'], { only, notes }: Format): string[] {
  const names = only?.toSorted() ?? attributes.keys();
  return [...names].map((name) => {
    const shown = attributes.get(name);
    return `${name}=${shown?.value ?? ''}${shown === undefined ? '' : noteOf(shown, notes)}`;
  });
}

function noteOf({ from, stored }: Shown, notes: Format['notes']): string {
  if (notes === 'none') return '';
  return notes === 'sources' ? `  (${from})` : `     ${stored}`;
}

function chosen({ attributes, ...rest }: Definition, { only }: Format): Definition {
  if (only === undefined) return { ...rest, attributes };
  const left = [...attributes].filter(([name]) => only.includes(name));
  return { ...rest, attributes: new Map(left) };
}
