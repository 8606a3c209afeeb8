import { StateliteError } from '../../agent/errors.ts';
import { namesOf } from '../core/objects/definition.ts';
import { leftoversOf, removalOf } from '../core/objects/remove.ts';
import { type ObjectType, objectTypes } from '../core/objects/types.ts';
import type { Site } from '../core/site.ts';
import { readCluster } from '../db/read-cluster.ts';
import type { Rows } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { forgetNodes } from './forget-nodes.ts';
import { printJson, withJson } from './json.ts';
import { givenNames, refuseMissing, resolveNames, typesNamed } from './object-names.ts';
import { withObjects, withoutDerive } from './object-options.ts';
import { readObjects } from './object-read.ts';
import { applyChanges, inTransaction } from './object-write.ts';

/** Objects of one type to be removed; without names all of them. */
interface Doomed {
  readonly type: ObjectType;
  readonly text: string | undefined;
}

type Removed = { readonly type: string; readonly name: string };

export const rmdef = (context: Context) =>
  command({
    command: 'rmdef [words..]',
    describe: 'Remove objects',
    options: (yargs) =>
      withJson(withoutDerive(withObjects(yargs), 'rmdef'))
        .positional('words', { type: 'string', array: true, default: [], describe: 'Names' })
        .option('all', {
          alias: 'a',
          type: 'boolean',
          default: false,
          describe: 'All objects, of the type if one is given; only with -f',
        })
        .option('force', {
          alias: 'f',
          type: 'boolean',
          default: false,
          describe: 'All are meant with -a',
        })
        .option('cleanup', {
          alias: 'C',
          type: 'boolean',
          default: false,
          describe: "Also remove an osimage's litefile and litetree rows, a node's boot files",
        })
        .option('verbose', { alias: 'V', type: 'boolean', default: false, describe: 'Name them' }),
    run: async ({ cleanup, json, verbose, ...args }) => {
      const doomed = parseArguments(args);
      const every = Object.values(tables).map(({ name }) => name);
      const types = doomed.map(({ type }) => type);
      // Its directories: the site may be among what goes.
      const { site } = await readCluster(context.store(), context.settings, []);
      const removed = await inTransaction(context, types, async (rows) => {
        const names: Removed[] = [];
        for (const each of doomed)
          names.push(...(await remove(context, rows, each, every, cleanup)));
        return names;
      });
      await forget(context, removed, site, cleanup);
      if (json) return printJson(context, { removed });
      if (removed.length === 0) {
        return context.print('No objects have been removed from the xCAT database.');
      }
      context.print(`${removed.length} object definitions have been removed.`);
      if (verbose) for (const { name, type } of removed) context.print(`${name}  (${type})`);
    },
  });

function parseArguments(args: {
  readonly words: readonly string[];
  readonly type: string | undefined;
  readonly objects: string | undefined;
  readonly all: boolean;
  readonly force: boolean;
}): Doomed[] {
  const types = args.type === undefined ? undefined : typesNamed(args.type);
  if (args.words.length > 1) refuse(`${args.words[1]} is not understood`, 'names are one word');
  if (args.all) {
    if (!args.force) {
      refuse("You must use the '-f' option when using the '-a' option.", 'all objects are removed');
    }
    return (types ?? Object.values(objectTypes)).map((type) => ({ type, text: undefined }));
  }
  const [type = objectTypes.node, ...more] = types ?? [];
  const text = givenNames(type, args.objects, args.words);
  if (more.length > 0) refuse('objects of one type at a time', 'rmdef -t osimage IMAGE');
  if (text === undefined) refuse('say which objects to remove', `rmdef -t ${type.name} NAMES`);
  return [{ type, text }];
}

/** Removes what there is of the objects; what is left behind is a warning, or goes too. */
async function remove(
  context: Context,
  rows: Rows,
  { type, text }: Doomed,
  only: Parameters<typeof readObjects>[2],
  cleanup: boolean,
): Promise<Removed[]> {
  const objects = await readObjects(rows, context.settings, only);
  const { found, missing } =
    text === undefined
      ? { found: namesOf(type, objects), missing: [] }
      : resolveNames(context, type, text, objects);
  refuseMissing(context, type, missing, objects);
  const leftovers = type.name === 'osimage' ? leftoversOf(found, objects) : undefined;
  for (const words of leftovers?.words ?? []) {
    const gone = cleanup && !words.startsWith('nodetype');
    context.log.warn(`${gone ? 'removed too' : 'still there'}: ${words}`);
  }
  const changes = removalOf(type, found, objects);
  const all = cleanup ? [...changes, ...(leftovers?.changes ?? [])] : changes;
  await applyChanges(rows, all, context.log.warn);
  return found.map((name) => ({ type: type.name, name }));
}

async function forget(
  context: Context,
  removed: readonly Removed[],
  site: Site,
  bootFiles: boolean,
): Promise<void> {
  const nodes = removed.flatMap(({ type, name }) => (type === 'node' ? name : []));
  if (nodes.length === 0) return;
  const after = await readCluster(context.store(), context.settings);
  await forgetNodes(context, { ...after, site }, nodes, { bootFiles });
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, { hint });
}
