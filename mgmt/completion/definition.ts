import type { Argv, Options, PositionalOptions } from 'yargs';
import type { Verb } from '../cli/command.ts';

/** A verb as its command definition describes it. */
export interface VerbDefinition {
  readonly name: string;
  /** `nodeset <noderange> <action>` */
  readonly synopsis: string;
  readonly describe: string;
  /** The words of the synopsis, in order. */
  readonly positions: readonly Position[];
  readonly words: readonly Described[];
  readonly options: readonly Described[];
}

/** A word of the synopsis: `[columns..]`, or `<noderange|image>`, which has two names. */
export interface Position {
  readonly names: readonly string[];
  /** Whether all further words are of this kind. */
  readonly many: boolean;
}

/** A positional word or an option. */
export interface Described {
  readonly name: string;
  readonly spec: Options | PositionalOptions;
}

/** What a definition says; hidden words and options are left out. */
export function definitionOf({ command, describe, builder }: Verb): VerbDefinition {
  const synopsis = String(command);
  const words: Described[] = [];
  const options: Described[] = [];
  const recorder = {
    positional: (name: string, spec: PositionalOptions) => add(words, name, spec),
    option: (name: string, spec: Options) => add(options, name, spec),
    check: () => recorder,
    conflicts: () => recorder,
    epilog: () => recorder,
  };
  const add = (list: Described[], name: string, spec: Described['spec']) => {
    if (!('hidden' in spec && spec.hidden === true)) list.push({ name, spec });
    return recorder;
  };
  if (typeof builder !== 'function') throw new Error(`${synopsis} is not made by command()`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- verbs call no other methods: one that does fails here
  void builder(recorder as unknown as Argv);
  const [name = '', ...places] = synopsis.split(' ');
  const positions = places.map(positionOf);
  return { name, synopsis, describe: String(describe), positions, words, options };
}

/** The other names of an option, `-` or `--` left out. */
export function aliasesOf({ spec }: Described): readonly string[] {
  return typeof spec.alias === 'string' ? [spec.alias] : (spec.alias ?? []);
}

/** An option as it is typed: `-u`, `--image`. */
export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function positionOf(place: string): Position {
  const inner = place.replaceAll(/[<>[\]]|\.\.+/gu, '');
  return { names: inner.split('|'), many: place.includes('..') };
}
