import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import type { Mode } from '../core/objects/assignments.ts';
import { combineConditions } from '../core/objects/dynamic-conditions.ts';
import { definitionOf, namesOf, type Objects } from '../core/objects/definition.ts';
import { renameChanges, type Renaming } from '../core/objects/rename.ts';
import { isSelected } from '../core/objects/selection.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { forgetNodes } from './forget-nodes.ts';
import { nodesetAgain } from './nodeset-again.ts';
import { printJson, withJson } from './json.ts';
import { refuseMissing, resolveNames } from './object-names.ts';
import { withChanges } from './object-options.ts';
import { readObjects } from './object-read.ts';
import { reportWritten } from './object-report.ts';
import {
  type Asked,
  type ChangeArguments,
  parseAsked,
  stanzaRequests,
  wantedObjects,
} from './object-request.ts';
import { applyChanges, inTransaction, type Request, writeObjects } from './object-write.ts';

export const chdef = (context: Context) =>
  command({
    command: 'chdef [words..]',
    describe: 'Change objects, or make those that there are not; -n renames',
    options: (yargs) =>
      withJson(withChanges(yargs))
        .positional('words', {
          type: 'string',
          array: true,
          default: [],
          describe: 'Names, then attr=value; attr= takes a value away',
        })
        .option('plus', {
          alias: 'p',
          type: 'boolean',
          default: false,
          describe: 'Add the words to the lists that are there',
        })
        .option('minus', {
          alias: 'm',
          type: 'boolean',
          default: false,
          describe: 'Take the words out of the lists',
        })
        .option('new-name', {
          alias: 'n',
          type: 'string',
          requiresArg: true,
          describe: 'Rename the object; what refers to it changes too',
        })
        .check(({ plus, minus }) => {
          if (plus && minus) throw new Error('-p and -m exclude each other');
          return true;
        }),
    run: async ({ plus, minus, newName, json, verbose, ...args }) => {
      if (newName !== undefined) return rename(context, parseAsked(args), newName, json);
      const mode = plus ? 'add' : minus ? 'remove' : 'set';
      const requests = args.stanza
        ? await stanzaRequests(context, args)
        : [changedObjects(context, args, mode)];
      // The conditions of a dynamic group are put together beforehand.
      const how = { mode: args.dynamic ? 'set' : mode, onExisting: 'change' } as const;
      const written = await writeObjects(context, requests, how);
      if (json) return printJson(context, written);
      reportWritten(context, written, verbose);
      if (written.created.length > 0) {
        context.print(`New object definitions '${written.created.join(',')}' have been created.`);
      }
    },
  });

function changedObjects(context: Context, args: ChangeArguments, mode: Mode): Request {
  const asked = parseAsked(args);
  const { type, names, assignments, selections } = asked;
  if (assignments.size === 0 && !args.derive && !args.dynamic)
    refuse('say what to change: attr=value');
  if (names === undefined && (selections.length === 0 || args.dynamic)) {
    refuse('say which objects to change');
  }
  const { derive } = args;
  return {
    type,
    // Other groups have other values.
    range: assignments.has('groups') ? undefined : names,
    async wantedIn(objects) {
      const chosen = chooseNames(context, asked, args.dynamic, objects);
      if (!args.dynamic) return wantedObjects(chosen, { assignments, derive }, objects);
      return chosen.map((name) => {
        const now = objects.cluster.rows.nodegroup.find((row) => row.groupname === name);
        const wherevals = combineConditions(mode, now?.wherevals ?? '', selections);
        const dynamic = { grouptype: 'dynamic', wherevals };
        return { name, assignments: new Map([...assignments, ...Object.entries(dynamic)]) };
      });
    },
  };
}

/** Objects that there are, and names for new ones; with -w only those that are selected. */
function chooseNames(
  context: Context,
  { type, names, selections }: Asked,
  dynamic: boolean,
  objects: Objects,
): string[] {
  const all = { found: namesOf(type, objects), missing: [] };
  const { found, missing } =
    names === undefined ? all : resolveNames(context, type, names, objects);
  if (dynamic || selections.length === 0) return [...found, ...missing];
  return found.filter((name) => isSelected(definitionOf(type, name, objects), selections));
}

async function rename(context: Context, asked: Asked, to: string, json: boolean): Promise<void> {
  const { type, names = refuse('say which object to rename'), assignments } = asked;
  if (assignments.size > 0) refuse('-n only renames');
  const { from, also, before } = await inTransaction(context, [type], async (rows, warn) => {
    const every = Object.values(tables).map(({ name }) => name);
    const objects = await readObjects(rows, context.settings, every);
    const { found, missing } = resolveNames(context, type, names, objects);
    refuseMissing(context, type, missing, objects);
    const [name = refuse('say which object to rename'), ...more] = found;
    if (more.length > 0) refuse('only one object can be renamed at a time');
    const renaming = renameChanges(type, name, to, objects);
    await applyChanges(rows, renaming.changes, warn);
    return { from: name, also: renaming.also, before: objects.cluster };
  });
  if (type.name === 'node') await moveNode(context, before, from, to);
  if (json) return printJson(context, { from, to, also: Object.fromEntries(also) });
  context.print('1 object definitions have been created or modified.');
  for (const line of referenceLines(also)) context.print(line);
}

/** Files and reservation of the old name go; what they did is for nodeset to do again. */
async function moveNode(context: Context, before: Cluster, from: string, to: string) {
  const action = await knownAction(context, before, from);
  const after = await readCluster(context.store(), context.settings);
  await forgetNodes(context, after, [from], { bootFiles: true });
  if (action === undefined) return;
  context.log.warn(`${to} boots nothing yet, ${from} did: nodeset ${to} ${action}`);
}

async function knownAction({ log }: Context, before: Cluster, node: string) {
  try {
    return await nodesetAgain(node, before);
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_BOOTFILE')) throw error;
    log.warn(`what ${node} was set to is not known: ${error.message}`);
    return undefined;
  }
}

function referenceLines(also: Renaming['also']): string[] {
  return [...also].map(([column, rows]) => `${column} of ${rows} rows has the new name.`);
}

function refuse(problem: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, {
    hint: 'chdef [-t TYPE] NAMES attr=value ..., chdef [-t TYPE] NAME -n NEW',
  });
}
