import {
  aliasesOf,
  dashed,
  type Described,
  type VerbDefinition,
} from '../../mgmt/completion/definition.ts';
import { blocks, code, item, plain, section } from './markdown.ts';

/** The generated part of a verb's page. */
export function renderVerb({ name, synopsis, describe, words, options }: VerbDefinition): string {
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
function spelling(option: Described): string {
  const { name, spec } = option;
  const names = [name, ...aliasesOf(option)].map((each) => code(dashed(each))).join(', ');
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
