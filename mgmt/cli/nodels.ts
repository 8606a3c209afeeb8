import { StateliteError } from '../../agent/errors.ts';
import { attributeOf, sourcedAttribute } from '../core/attributes.ts';
import { type Cluster, isNodeTable, type NodeTableName } from '../core/cluster.ts';
import { withTable } from '../core/node-assignments.ts';
import { type NodeCondition, parseNodeCondition } from '../core/node-condition.ts';
import { newNames } from '../core/noderange.ts';
import { readCluster } from '../db/read-cluster.ts';
import type { TableName } from '../db/tables.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { holdsFor, nodesOf } from './nodes-of.ts';
import { printLines } from './print-lines.ts';
import { checkColumn, checkNamed, tableNamed } from './table-arg.ts';

interface Column {
  readonly table: NodeTableName;
  readonly column: string;
}

export const nodels = (context: Context) =>
  command({
    command: 'nodels [noderange] [columns..]',
    describe: 'List nodes, and what the tables say of them',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', { type: 'string', describe: 'Nodes and groups; default all' })
        .positional('columns', {
          type: 'string',
          array: true,
          default: [],
          describe:
            'table.column, a table for all its columns, or groups, tags, mgt; table.column==value, !=, =~ and !~ choose among the nodes',
        })
        .option('blame', {
          alias: 'b',
          type: 'boolean',
          default: false,
          describe: 'Say which group a value is inherited from',
        })
        .option('with-fieldname', {
          alias: 'H',
          type: 'boolean',
          default: false,
          describe: 'Name the column on every line, even if there is only one',
        })
        .option('show-hidden', {
          alias: 'S',
          type: 'boolean',
          default: false,
          describe: 'Hidden nodes too, without having to name them',
        }),
    run: async ({ noderange, columns: words, blame, withFieldname, showHidden, json }) => {
      const conditions: NodeCondition[] = [];
      const columns: Column[] = [];
      for (const word of words.map(withTable)) {
        checkNamed(word);
        const condition = parseNodeCondition(word);
        if (condition === undefined) columns.push(...columnsNamed(word));
        else conditions.push(condition);
      }
      const cluster = await clusterFor(context, noderange, [...conditions, ...columns]);
      const nodes = listed(context, cluster, noderange, showHidden).filter((node) =>
        conditions.every((condition) => holdsFor(condition, node, cluster)),
      );
      if (json)
        return printJson(
          context,
          nodes.map((node) => described(cluster, node, columns)),
        );
      const heading = withFieldname || columns.length > 1;
      const lines = nodes.flatMap((node) =>
        columns.length === 0
          ? [node]
          : columns.map((column) => nodeLine(cluster, node, column, { heading, blame })),
      );
      printLines(context, lines);
    },
  });

/**
 * Reads the tables that are asked for, and all if the noderange may ask for more: in a condition of
 * its own or of a dynamic group.
 */
async function clusterFor(
  { store, settings }: Context,
  range: string | undefined,
  asked: readonly { readonly table: NodeTableName }[],
): Promise<Cluster> {
  const only: TableName[] = ['nodelist', 'nodegroup', ...asked.map(({ table }) => table)];
  const cluster = await readCluster(store(), settings, only);
  const isDynamic = cluster.rows.nodegroup.some(({ wherevals }) => wherevals !== null);
  const ranges = [range ?? '', cluster.site.get('excludenodes') ?? ''].join();
  const enough = range === undefined || (!isDynamic && !/[=~]/u.test(ranges));
  return enough ? cluster : readCluster(store(), settings);
}

function columnsNamed(name: string): Column[] {
  const [tableName = '', column] = name.split('.');
  const spec = tableNamed(tableName);
  const table = spec.name;
  if (!isNodeTable(table)) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${table} has no rows for nodes`, {
      hint: `tabdump ${table} prints it`,
    });
  }
  if (column !== undefined) checkColumn(spec, column);
  const wanted =
    column === undefined ? Object.keys(spec.columns).filter((each) => each !== 'node') : [column];
  return wanted.map((each) => ({ table, column: each }));
}

/** A hidden node is listed if it is named; that it is in a group does not count. */
function listed(
  context: Context,
  cluster: Cluster,
  range: string | undefined,
  showHidden: boolean,
): string[] {
  const nodes =
    range === undefined ? [...cluster.nodes].toSorted() : nodesOf(context, cluster, range);
  const isHidden = (node: string) => attributeOf(cluster, node, 'nodelist', 'hidden') === '1';
  if (showHidden || !nodes.some(isHidden)) return nodes;
  const named = new Set(range === undefined ? [] : newNames(range));
  return nodes.filter((node) => named.has(node) || !isHidden(node));
}

/** `cn01: nodehm.mgt: (inherited from group all) ipmi`, without the parts that are not asked for. */
function nodeLine(
  cluster: Cluster,
  node: string,
  { table, column }: Column,
  { heading, blame }: { readonly heading: boolean; readonly blame: boolean },
): string {
  const found = sourcedAttribute(cluster, node, table, column);
  const name = heading ? `${table}.${column}: ` : '';
  const inherited = found !== undefined && found.from !== node;
  const source = blame && inherited ? `(inherited from group ${found.from}) ` : '';
  return `${node}: ${name}${source}${found?.value ?? ''}`;
}

/** A node with its columns, and the groups that those came from which it does not have itself. */
function described(cluster: Cluster, node: string, columns: readonly Column[]): object {
  const values: Record<string, string | null> = {};
  const inherited: Record<string, string> = {};
  for (const { table, column } of columns) {
    const found = sourcedAttribute(cluster, node, table, column);
    values[`${table}.${column}`] = found?.value ?? null;
    if (found !== undefined && found.from !== node) inherited[`${table}.${column}`] = found.from;
  }
  return Object.keys(inherited).length > 0 ? { node, ...values, inherited } : { node, ...values };
}
