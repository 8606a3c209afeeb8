import { StateliteError } from '../../../agent/errors.ts';
import type { Definition } from './definition.ts';
import { type ObjectType, typeNamed } from './types.ts';

/** The first line of a stanza file. */
export const stanzaHead = '# <xCAT data object stanza file>';

/** An object as a stanza describes it. */
export interface Stanza {
  readonly type: ObjectType;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** One name and the lines below it. */
interface Section {
  readonly line: number;
  readonly name: string;
  readonly attributes: Map<string, string>;
}

/** The lines of an object, a blank one first; what stock could not read back is in quotes. */
export function stanzaLines({ type, name, attributes }: Definition): string[] {
  const lines = [...attributes].map(([attribute, { value }]) => `    ${attribute}=${quote(value)}`);
  return ['', `${quoteName(name)}:`, `    objtype=${type.name}`, ...lines];
}

/**
 * Reads a stanza file: `name:`, then lines of `attr=value`. Those of `default-<type>:` count for the
 * objects of that type that follow. Throws ERR_STATELITE_USAGE with the line's number.
 */
export function parseStanzas(text: string): Stanza[] {
  const defaults = new Map<string, ReadonlyMap<string, string>>();
  const stanzas: Stanza[] = [];
  for (const { line, name, attributes } of sections(text)) {
    const forType = /^default-(?<type>\w+)$/u.exec(name)?.groups?.['type'];
    if (forType === undefined) {
      const objtype = attributes.get('objtype');
      if (objtype === undefined) refuse(line, `${name} has no objtype`);
      attributes.delete('objtype');
      const type = typeNamed(objtype);
      const all = new Map([...(defaults.get(objtype) ?? []), ...attributes]);
      stanzas.push({ type, name, attributes: all });
    } else {
      const merged = new Map([...(defaults.get(forType) ?? []), ...attributes]);
      // A blank one takes a default away.
      defaults.set(forType, new Map([...merged].filter(([, value]) => value !== '')));
    }
  }
  refuseTwice(stanzas);
  return stanzas;
}

function sections(text: string): Section[] {
  const found: Section[] = [];
  for (const [index, raw] of text.split(/\r?\n/u).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const { attribute, value = '' } =
      /^(?<attribute>\w[\w.-]*)\s*=\s*(?<value>.*)$/su.exec(line)?.groups ?? {};
    const last = found.at(-1);
    if (attribute !== undefined) {
      if (last === undefined) refuse(index + 1, 'an attribute stands before the first name');
      last.attributes.set(attribute, unquote(value));
    } else if (line.endsWith(':')) {
      const name = unquote(line.slice(0, -1).trim());
      found.push({ line: index + 1, name, attributes: new Map() });
    } else {
      refuse(index + 1, `${JSON.stringify(line)} is neither a name and : nor attr=value`);
    }
  }
  return found;
}

function refuseTwice(stanzas: readonly Stanza[]): void {
  const seen = new Set<string>();
  for (const { type, name } of stanzas) {
    const id = `${type.name} ${name}`;
    if (seen.has(id)) {
      throw new StateliteError('ERR_STATELITE_USAGE', `the stanza file has ${id} twice`, {
        hint: 'make one of the two',
      });
    }
    seen.add(id);
  }
}

function quote(value: string): string {
  const plain = value === value.trim() && !/^"|"$|\p{Cc}|[\u2028\u2029]/u.test(value);
  return plain ? value : JSON.stringify(value);
}

function quoteName(name: string): string {
  const odd = name === '' || /^(?:#|default-|\w[\w.-]*\s*=)/u.test(name);
  return odd ? JSON.stringify(name) : quote(name);
}

/** The inverse of `quote`; stock also writes values in quotes without escaping anything. */
function unquote(text: string): string {
  if (!/^".*"$/su.test(text) || text.length < 2) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.slice(1, -1);
}

function refuse(line: number, problem: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', `stanza line ${line}: ${problem}`, {
    hint: 'write "name:", then lines of objtype=TYPE and attr=value',
  });
}
