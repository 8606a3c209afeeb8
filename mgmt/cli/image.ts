import { StateliteError } from '../../agent/errors.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { changeCurrent, collectImage } from './image-change.ts';
import { diffImage } from './image-diff.ts';
import { listImages } from './image-list.ts';
import { runImage } from './image-run.ts';
import { withJson } from './json.ts';
import { needsRoot } from './needs-root.ts';

const actions = ['list', 'diff', 'promote', 'rollback', 'gc', 'run', 'shell'] as const;

/** What an action is given after its name, and which options it has. */
const usages = {
  list: { words: [0, 1], usage: 'list [image]', options: ['json'] },
  diff: { words: [1, 3], usage: 'diff <image> [A] [B]', options: ['json', 'files'] },
  promote: { words: [2, 2], usage: 'promote <image> <number>', options: [] },
  rollback: { words: [1, 1], usage: 'rollback <image>', options: [] },
  gc: { words: [1, 1], usage: 'gc <image>', options: ['json', 'keep', 'dry-run'] },
  run: { words: [2, Infinity], usage: 'run <image> -- command...', options: ['in-place'] },
  shell: { words: [1, 1], usage: 'shell <image>', options: ['in-place'] },
} as const satisfies Record<(typeof actions)[number], unknown>;

export const image = (context: Context) =>
  command({
    command: 'image <action> [image] [words..]',
    describe: 'Generations of an image: list and compare them, go back, run a command in the next',
    options: (yargs) =>
      withJson(yargs)
        .positional('action', {
          choices: actions,
          describe: actions.join(', '),
          demandOption: true,
        })
        .positional('image', {
          type: 'string',
          describe: 'An osimage; without one, list lists all',
        })
        .positional('words', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'diff: two generations; promote: its number; run: the command, after --',
        })
        .option('files', {
          type: 'boolean',
          default: false,
          describe: 'diff: every file, not only how many in which directory',
        })
        .option('keep', {
          type: 'number',
          requiresArg: true,
          describe: 'gc: how many generations stay besides the current one [2]',
        })
        .option('dry-run', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'gc: only tell what would go',
        })
        .option('in-place', {
          type: 'boolean',
          default: false,
          describe: 'run, shell: in the root that nodes run from, not in a new generation',
        })
        .check(({ action, image: name, keep, ...options }) => {
          const given = wordsOf(options);
          const {
            words: [least, most],
            usage,
            options: allowed,
          } = usages[action];
          const count = (name === undefined ? 0 : 1) + given.length;
          if (count < least || count > most) throw new Error(`usage: statelite image ${usage}`);
          if (name === '') throw new Error('the name of the image is blank');
          const chosen = { ...options, keep: keep !== undefined };
          const known: readonly string[] = allowed;
          const odd = (['json', 'files', 'keep', 'dry-run', 'in-place'] as const).find(
            (option) => chosen[option] && !known.includes(option),
          );
          if (odd !== undefined) throw new Error(`image ${action} has no option --${odd}`);
          if (keep !== undefined && !(Number.isInteger(keep) && keep >= 0)) {
            throw new Error('--keep takes a number');
          }
          return true;
        }),
    run: async ({ action, image: name = '', json, files, keep, ...flags }) => {
      process.umask(0o022); // an administrator's stricter one must not get into the image
      const { dryRun, inPlace } = flags;
      const words = wordsOf(flags);
      if (action !== 'list' && action !== 'diff' && !(action === 'gc' && dryRun)) {
        needsRoot(`image ${action}`, 'it works in root images and keeps owners');
      }
      switch (action) {
        case 'list':
          return listImages(context, name === '' ? undefined : name, json);
        case 'diff':
          return diffImage(context, name, words.map(numberOf), { json, files });
        case 'promote':
          return changeCurrent(context, name, numberOf(words[0] ?? ''));
        case 'rollback':
          return changeCurrent(context, name, 'previous');
        case 'gc':
          return collectImage(context, name, { keep, dryRun, json });
        case 'run':
        case 'shell':
          return runImage(context, name, words, inPlace);
      }
    },
  });

/** After the image, also those after `--`, which yargs leaves beside the name of the verb. */
function wordsOf({
  words,
  _: [, ...after],
}: {
  readonly words: readonly string[];
  readonly _: readonly (string | number)[];
}): string[] {
  return [...words, ...after.map(String)];
}

function numberOf(word: string): number {
  const number = /^\d{1,9}$/u.test(word) ? Number(word) : 0;
  if (number > 0) return number;
  throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(word)} is no generation`, {
    hint: 'statelite image list shows their numbers',
  });
}
