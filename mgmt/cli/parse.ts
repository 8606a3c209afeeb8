import yargs from 'yargs';
import { StateliteError } from '../../agent/errors.ts';
import { settingTable, variableOf } from '../config.ts';
import { suggest } from '../core/nearest.ts';
import type { Verb } from './command.ts';

/** Gets the global options as given before the verb runs. */
type OnFlags = (flags: Readonly<Record<string, unknown>>) => void;

/**
 * Parses the command line and runs its verb. Returns the text of --help and --version, else ''.
 * What is not understood is ERR_STATELITE_USAGE; what the verb throws goes on as it is.
 */
export async function parseAndRun(
  argv: readonly string[],
  verbs: readonly Verb[],
  version: string,
  onFlags: OnFlags,
): Promise<string> {
  let output = '';
  const parser = yargs()
    .scriptName('statelite')
    .usage('$0 <verb>: diskless nodes with writable, persistent and per-node paths')
    .locale('en')
    .parserConfiguration({ 'boolean-negation': false, 'dot-notation': false })
    .options(globalOptions())
    .middleware(onFlags)
    .command([...verbs])
    .demandCommand(1, 'no verb is given')
    .strict()
    .check(refuseRepeated)
    .check(refuseNoNumber)
    .help()
    // yargs lays out the help of every verb it runs, which takes long: only wanted help is wrapped.
    .wrap(wantsHelp(argv) ? 80 : null)
    .alias('help', 'h')
    .version(version)
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof StateliteError
        ? error
        : usageError(argv, verbs, error?.message ?? message);
    });
  // Given a callback, yargs prints nothing itself.
  await parser.parseAsync([...argv], {}, (_error, _args, text) => {
    output = text;
  });
  return output === '' ? '' : `${output}\n`;
}

function wantsHelp(argv: readonly string[]): boolean {
  return argv.length === 0 || argv.some((word) => word === '--help' || word === '-h');
}

/** `lslite` of `lslite [noderange]`. */
export function nameOf({ command }: Verb): string {
  return String(command).split(' ')[0] ?? '';
}

function globalOptions() {
  const options = Object.entries(settingTable).map(([name, { doc }]) => {
    const group = 'Everywhere:';
    const describe = `${doc} [${variableOf(name)}]`;
    return [name, { type: 'string', requiresArg: true, describe, group } as const] as const;
  });
  return Object.fromEntries(options);
}

/** yargs makes a list of `--image a --image b`, whatever the option's type. */
function refuseRepeated(args: Readonly<Record<string, unknown>>, options: unknown): true {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what yargs knows of its options
  const { array } = options as { array: string[] };
  // An option `allow-below` is also `allowBelow`.
  const lists = new Set(array.map(camelCase));
  const repeated = Object.keys(args).find(
    (name) => name !== '_' && Array.isArray(args[name]) && !lists.has(camelCase(name)),
  );
  if (repeated !== undefined) throw new Error(`${repeated} is given more than once`);
  return true;
}

/** yargs makes NaN of what is no number. */
function refuseNoNumber(args: Readonly<Record<string, unknown>>): true {
  const given = Object.entries(args).find(([, value]) => Number.isNaN(value));
  if (given !== undefined) throw new Error(`--${given[0]} takes a number`);
  return true;
}

/** yargs says of `implies` only that it failed, and of what. */
function inOurWords(problem: string): string {
  return problem.replace(
    /^(?:Implications failed|Missing dependent arguments):\s+(\S+) -> (\S+)$/u,
    '--$1 needs --$2',
  );
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());
}

function usageError(argv: readonly string[], verbs: readonly Verb[], problem: string) {
  const names = verbs.map(nameOf);
  const [first] = argv;
  // Options of statelite itself may stand before the verb.
  const given = first?.startsWith('-') ? argv.find((word) => names.includes(word)) : first;
  const verb = verbs.find((each) => nameOf(each) === given);
  if (verb !== undefined) {
    return new StateliteError('ERR_STATELITE_USAGE', `${given}: ${inOurWords(problem)}`, {
      hint: `usage: statelite ${String(verb.command)}; --help says more`,
    });
  }
  const unknown = given === undefined || given.startsWith('-') ? problem : `no verb ${given}`;
  return new StateliteError('ERR_STATELITE_USAGE', unknown, {
    hint: suggest(given ?? '', names, `the verbs are ${names.join(', ')}`),
  });
}
