import { describe, expect, test } from 'vitest';
import { command, type Verb } from '../../../mgmt/cli/command.ts';
import { definitionOf } from '../../../mgmt/completion/definition.ts';
import { renderVerb } from '../../../scripts/docs/verb.ts';

const verb = command({
  command: 'paint <wall> [colours..]',
  describe: 'Paint a wall',
  options: (yargs) =>
    yargs
      .positional('wall', { type: 'string', demandOption: true, describe: 'Which <wall>' })
      .positional('colours', { type: 'string', array: true, default: [] })
      .option('coats', { alias: 'c', type: 'number', default: 2, describe: 'How many' })
      .option('gloss', { choices: ['matt', 'silk'] as const, describe: 'Its *shine*' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'Only look' })
      .option('brush', { alias: ['b', 'with'], type: 'string', describe: 'Which one' })
      .option('old', { type: 'boolean', hidden: true })
      .check(() => true),
  run: () => Promise.resolve(),
});

describe('the page of a verb', () => {
  const text = renderVerb(definitionOf(verb));

  test.for([
    'statelite paint: Paint a wall.',
    '`statelite paint <wall> [colours..] [options]`',
    '- `wall`: Which \\<wall>. Required.',
    '- `--coats`, `-c` _number_: How many. Default: 2.',
    '- `--gloss` `matt|silk`: Its \\*shine\\*.',
    '- `--dry-run`: Only look.',
    '- `--brush`, `-b`, `--with` _string_: Which one.',
  ])('has the line %s', (line) => {
    expect(text.split('\n')).toContain(line);
  });

  test('has nothing that is hidden', () => {
    expect(text).not.toContain('--old');
  });

  test('cannot be made for a verb that does something else with its options', () => {
    const other: Verb = { command: 'other', builder: {}, handler: () => {} };
    expect(() => definitionOf(other)).toThrow('not made by command()');
  });
});
