import { StateliteError } from '../../agent/errors.ts';
import { newNames } from '../core/noderange.ts';
import { combineConditions } from '../core/objects/dynamic-conditions.ts';
import { splitNames } from '../core/objects/names.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { withChanges } from './object-options.ts';
import { reportWritten } from './object-report.ts';
import {
  type ChangeArguments,
  parseAsked,
  stanzaRequests,
  wantedObjects,
} from './object-request.ts';
import { type Request, writeObjects } from './object-write.ts';

export const mkdef = (context: Context) =>
  command({
    command: 'mkdef [words..]',
    describe: 'Make objects: nodes, groups, images, networks, rows of the statelite tables, ...',
    options: (yargs) =>
      withJson(withChanges(yargs))
        .positional('words', {
          type: 'string',
          array: true,
          default: [],
          describe: 'Names, then attr=value; a node needs groups=',
        })
        .option('force', {
          alias: 'f',
          type: 'boolean',
          default: false,
          describe: 'Make objects anew that there are already',
        }),
    run: async ({ force, json, verbose, ...args }) => {
      const requests = args.stanza ? await stanzaRequests(context, args) : [newObjects(args)];
      const onExisting = force ? 'replace' : 'refuse';
      const written = await writeObjects(context, requests, { mode: 'set', onExisting });
      if (json) printJson(context, written);
      else reportWritten(context, written, verbose);
    },
  });

function newObjects(args: ChangeArguments): Request {
  const { type, names, assignments, selections } = parseAsked(args);
  if (names === undefined) {
    throw new StateliteError('ERR_STATELITE_USAGE', 'say which objects to make', {
      hint: `mkdef -t ${type.name} -o NAME attr=value`,
    });
  }
  if (selections.length > 0 && !args.dynamic) {
    throw new StateliteError('ERR_STATELITE_USAGE', '-w is for dynamic groups', { hint: 'add -d' });
  }
  const wherevals = combineConditions('set', '', selections);
  const dynamic = args.dynamic ? { grouptype: 'dynamic', wherevals } : {};
  const all = new Map([...assignments, ...Object.entries(dynamic)]);
  const list = type.name === 'node' ? newNames(names) : splitNames(type, names);
  return {
    type,
    wantedIn: (objects) => wantedObjects(list, { assignments: all, derive: args.derive }, objects),
  };
}
