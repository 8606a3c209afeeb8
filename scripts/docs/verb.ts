import type { Argv, Options, PositionalOptions } from 'yargs';
import type { Verb } from '../../mgmt/cli/command.ts';
import { blocks, code, item, plain, section } from './markdown.ts';

/** A verb as its command definition describes it. */
export interface VerbDoc {
  readonly name: string;
  /** `nodeset <noderange> <action>` */
  readonly synopsis: string;
  readonly describe: string;
  readonly words: readonly Described[];
  readonly options: readonly Described[];
}

/** A positional word or an option. */
export interface Described {
  readonly name: string;
  readonly spec: Options | PositionalOptions;
}

/** What a definition says, hidden options left out. */
export function describeVerb({ command, describe, builder }: Verb): VerbDoc {
  const synopsis = String(command);
  const words: Described[] = [];
  const options: Described[] = [];
  const recorder = {
    positional: (name: string, spec: PositionalOptions) => add(words, name, spec),
    option: (name: string, spec: Options) => add(options, name, spec),
    check: () => recorder,
    conflicts: () => recorder,
  };
  const add = (list: Described[], name: string, spec: Described['spec']) => {
    if (!('hidden' in spec && spec.hidden === true)) list.push({ name, spec });
    return recorder;
  };
  if (typeof builder !== 'function') throw new Error(`${synopsis} is not made by command()`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- verbs call no other methods: one that does fails here
  void builder(recorder as unknown as Argv);
  const [name = ''] = synopsis.split(' ');
  return { name, synopsis, describe: String(describe), words, options };
}

/** The generated part of a verb's page. */
export function renderVerb({ name, synopsis, describe, words, options }: VerbDoc): string {
  const usage = options.length > 0 ? `${synopsis} [options]` : synopsis;
  return blocks(
    '## Name',
    `statelite ${name}: ${sentence(describe)}`,
    '## Synopsis',
    code(`statelite ${usage}`),
    section(
      '## Arguments',
      words.map((word) => item(code(word.name), meaning(word))),
    ),
    section(
      '## Options',
      options.map((option) => item(spelling(option), meaning(option))),
    ),
  );
}

/** `--osver`, `-o` with the kind of value it takes. */
function spelling({ name, spec }: Described): string {
  const alias = typeof spec.alias === 'string' ? [code(`-${spec.alias}`)] : [];
  const names = [code(`--${name}`), ...alias].join(', ');
  if (spec.choices !== undefined) return `${names} ${code(spec.choices.join('|'))}`;
  return spec.type === 'boolean' ? names : `${names} _${spec.type ?? 'string'}_`;
}

function meaning({ spec }: Described): string {
  const value: unknown = spec.default;
  const usual = typeof value === 'string' || typeof value === 'number' ? ` Default: ${value}.` : '';
  const required = spec.demandOption === true ? ' Required.' : '';
  return `${plain(sentence(spec.describe ?? spec.desc ?? ''))}${required}${usual}`;
}

function sentence(text: string): string {
  return /[.…]$/u.test(text) ? text : `${text}.`;
}
