import { basename } from 'node:path';
import { settingTable } from '../config.ts';
import { aliasesOf, dashed, type Described, type VerbDefinition } from './definition.ts';

/** What the last word of a command line is going to be. */
export type Slot = VerbSlot | OptionSlot | ValueSlot | { readonly kind: 'nothing' };

export interface VerbSlot {
  readonly kind: 'verb';
  readonly typed: string;
}

export interface OptionSlot {
  readonly kind: 'option';
  readonly typed: string;
  /** Those that can still be given. */
  readonly options: readonly Described[];
}

/** A positional word, or the value of an option. */
export interface ValueSlot {
  readonly kind: 'value';
  /** How the definition calls it; the name says what it means. */
  readonly names: readonly string[];
  readonly choices: readonly string[];
  /** The value as far as it is typed, without the `--name=` before it, which is so long. */
  readonly typed: string;
  readonly start: number;
  readonly verb: VerbDefinition;
  /** What was given before. */
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** Everything before the last word, sorted out. */
interface Given {
  readonly verb: VerbDefinition | undefined;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** The option whose value comes next. */
  readonly waiting: Described | undefined;
  /** After `--` nothing is an option. */
  readonly plain: boolean;
}

/** Options of every verb; the settings are paths, or the URL of a database. */
const globalOptions: readonly Described[] = [
  ...Object.entries(settingTable).map(([name, { doc }]) => ({
    name,
    spec: { type: 'string', describe: doc } as const,
  })),
  { name: 'help', spec: { type: 'boolean', alias: 'h', describe: 'Show help' } },
  { name: 'version', spec: { type: 'boolean', describe: 'Show the version' } },
];

/** `words` begins with the name of the program, which may be that of a verb. */
export function slotOf(words: readonly string[], verbs: readonly VerbDefinition[]): Slot {
  const typed = words.at(-1) ?? '';
  const given = read(words.slice(0, -1), verbs);
  if (given === undefined) return { kind: 'nothing' };
  const { verb, waiting, plain } = given;
  if (waiting !== undefined) return valueOf(waiting, given, typed, 0);
  if (!plain && typed.startsWith('-')) {
    const named = /^(?<option>--?[^=]+)=(?<value>.*)$/su.exec(typed)?.groups;
    if (named === undefined) return { kind: 'option', typed, options: remaining(given) };
    const option = optionNamed(named['option'] ?? '', verb);
    if (option === undefined || !takesValue(option)) return { kind: 'nothing' };
    const value = named['value'] ?? '';
    return valueOf(option, given, value, typed.length - value.length);
  }
  return verb === undefined ? { kind: 'verb', typed } : positional(given, verb, typed);
}

/** Undefined if there is a word where the verb should be and no such verb. */
function read(
  [program = '', ...rest]: readonly string[],
  verbs: readonly VerbDefinition[],
): Given | undefined {
  let verb = verbs.find(({ name }) => name === basename(program));
  const words: string[] = [];
  const options = new Map<string, string>();
  let waiting: Described | undefined;
  let plain = false;
  for (const word of rest) {
    if (waiting !== undefined) {
      options.set(waiting.name, word);
      waiting = undefined;
    } else if (!plain && word === '--') {
      plain = true;
    } else if (!plain && word.startsWith('-') && word !== '-') {
      const option = optionNamed(word, verb);
      if (option === undefined) continue;
      const end = word.indexOf('=');
      options.set(option.name, end < 0 ? '' : word.slice(end + 1));
      if (end < 0 && takesValue(option)) waiting = option;
    } else if (verb === undefined) {
      verb = verbs.find(({ name }) => name === word);
      if (verb === undefined) return undefined;
    } else {
      words.push(word);
    }
  }
  return { verb, words, options, waiting, plain };
}

/** Of `-abc`, which are three, the last one: only it can take a value. */
function optionNamed(word: string, verb: VerbDefinition | undefined): Described | undefined {
  const [typed = ''] = word.split('=');
  const name = typed.startsWith('--') ? typed.slice(2) : typed.slice(-1);
  return [...(verb?.options ?? []), ...globalOptions].find(
    (option) => option.name === name || aliasesOf(option).includes(name),
  );
}

function takesValue({ spec }: Described): boolean {
  return spec.type !== 'boolean';
}

function remaining({ verb, options }: Given): Described[] {
  const all = [...(verb?.options ?? []), ...globalOptions];
  return all.filter(
    ({ name, spec }) => !options.has(name) || ('array' in spec && spec.array === true),
  );
}

function valueOf(option: Described, given: Given, typed: string, start: number): Slot {
  const { verb = nothing, words, options } = given;
  const choices = (option.spec.choices ?? []).map(String);
  return { kind: 'value', names: [option.name], choices, typed, start, verb, words, options };
}

/** Before the verb there are only the options of every verb. */
const nothing: VerbDefinition = {
  name: '',
  synopsis: '',
  describe: '',
  positions: [],
  words: [],
  options: [],
};

function positional({ words, options }: Given, verb: VerbDefinition, typed: string): Slot {
  const last = verb.positions.at(-1);
  const place = verb.positions[words.length] ?? (last?.many === true ? last : undefined);
  if (place === undefined) return { kind: 'nothing' };
  const spec = verb.words.find(({ name }) => place.names.includes(name))?.spec;
  const choices = (spec?.choices ?? []).map(String);
  return { kind: 'value', names: place.names, choices, typed, start: 0, verb, words, options };
}

/** An option's names as they are typed, the long one first. */
export function spellings(option: Described): string[] {
  return [option.name, ...aliasesOf(option)].map(dashed);
}
