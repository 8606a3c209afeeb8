import { StateliteError } from '../../agent/errors.ts';
import type { NodeAssignment } from '../core/node-assignments.ts';
import { newNames } from '../core/noderange.ts';
import { changeNodes, nodeAssignments, warningsFor } from './change-nodes.ts';
import { clusterIn } from './cluster-in.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { refuseBlankRange } from './nodes-of.ts';

export const nodeadd = (context: Context) =>
  command({
    command: 'nodeadd <noderange> <assignments..>',
    describe: 'Add nodes, or change what is set for them',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'Names, e.g. cn[01-16]',
        })
        .positional('assignments', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'groups=compute,all hosts.ip=10.0.0.11 mac.mac=52:54:00:00:00:01 ...',
        }),
    run: async ({ noderange, assignments: words, json }) => {
      refuseBlankRange(noderange);
      const assignments = nodeAssignments(words);
      refuseWithoutGroups(assignments);
      const nodes = newNames(noderange);
      const warnings = await context.store().transaction(async (rows) => {
        const tables = await clusterIn(rows, context.settings);
        return warningsFor(rows, await changeNodes(rows, tables, nodes, assignments));
      });
      for (const warning of warnings) context.log.warn(warning);
      warnOfUpperCase(context, nodes);
      if (json) printJson(context, { nodes });
    },
  });

function refuseWithoutGroups(assignments: readonly NodeAssignment[]): void {
  const named = assignments.some(
    ({ table, column, operator, value }) =>
      table === 'nodelist' && column === 'groups' && operator !== '^=' && value !== '',
  );
  if (named) return;
  throw new StateliteError('ERR_STATELITE_USAGE', 'nodeadd: no groups for the nodes', {
    hint: 'say which groups the nodes are in: groups=compute,all',
  });
}

/** Name servers do not tell upper case from lower case, the tables do. */
function warnOfUpperCase({ log }: Context, nodes: readonly string[]): void {
  const [first, ...more] = nodes.filter((node) => /[A-Z]/u.test(node));
  if (first === undefined) return;
  const others = more.length > 0 ? ` and ${more.length} more` : '';
  log.warn(`${first}${others}: upper-case letters in a node name, which DNS does not keep apart`);
}
