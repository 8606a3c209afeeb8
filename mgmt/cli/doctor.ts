import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { createResolve } from '../bootfiles/resolve.ts';
import { withCommands } from '../commands/with-commands.ts';
import type { Cluster } from '../core/cluster.ts';
import { isPostgresUrl } from '../db/postgres-url.ts';
import { readCluster } from '../db/read-cluster.ts';
import { type Reported, runChecks } from '../doctor/check.ts';
import { machineChecks, siteChecks } from '../doctor/checks.ts';
import { fail } from '../doctor/finding.ts';
import type { Machine } from '../doctor/machine.ts';
import { renderReport, summary } from '../doctor/report.ts';
import { readBoots } from '../doctor/site.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';

export const doctor = (context: Context) =>
  command({
    command: 'doctor [noderange]',
    describe: 'Look whether this machine gives nodes all they need to boot, and say what to fix',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          describe: 'Nodes and groups that are to boot; without it, all',
        })
        .option('verbose', {
          type: 'boolean',
          default: false,
          describe: 'Also list what is fine',
        })
        .option('patience', {
          type: 'number',
          requiresArg: true,
          default: 20,
          describe: 'Seconds that a check may take',
        })
        .check(({ patience }) => {
          if (!(patience > 0)) throw new Error('--patience takes a number of seconds');
          return true;
        }),
    run: async ({ noderange, json, verbose, patience }) => {
      const { settings, progress } = context;
      const machine: Machine = { settings, now: new Date(), root: '/' };
      const tables = await readTables(context);
      progress.step('Looking at this machine ...');
      const findings = [
        ...('cluster' in tables
          ? await lookAtSite(context, machine, tables.cluster, { noderange, patience })
          : [tables.problem]),
        ...(await runChecks(
          machineChecks(directoriesOf(tables, settings)),
          machine,
          patience * 1000,
        )),
      ];
      progress.done(`Looked at this machine: ${summary(findings)}`);
      if (json) printJson(context, findings);
      else renderReport(findings, verbose).forEach(context.print);
      const failures = findings.filter(({ level }) => level === 'fail').length;
      if (failures === 0) return;
      throw new StateliteError(
        'ERR_STATELITE_SETUP',
        `doctor found ${failures} failure${failures === 1 ? '' : 's'}`,
        { hint: 'nodes cannot boot until they are repaired; statelite check looks at the tables' },
      );
    },
  });

type Tables = { readonly cluster: Cluster } | { readonly problem: Reported };

/** The tables; or what keeps from reading them, which is a finding like others. */
async function readTables(context: Context): Promise<Tables> {
  const { settings } = context;
  try {
    // Opening the database would make it.
    if (!isPostgresUrl(settings.database)) await access(settings.database, constants.R_OK);
    return { cluster: await readCluster(context.store(), settings) };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES') || error instanceof StateliteError) {
      const hint = error instanceof StateliteError ? error.hint : undefined;
      const usual = hasCode(error, 'EACCES')
        ? 'run statelite doctor as root'
        : 'statelite setup makes the database; is --database, or statelite.conf, right?';
      const message = `the tables cannot be read, so most was not looked at: ${error.message}`;
      const finding = fail(message, hint ?? usual);
      return { problem: { group: 'database', check: 'tables', ...finding } };
    }
    throw error;
  }
}

async function lookAtSite(
  context: Context,
  machine: Machine,
  tables: Cluster,
  { noderange, patience }: { readonly noderange: string | undefined; readonly patience: number },
): Promise<Reported[]> {
  const nodes = noderange === undefined ? [...tables.nodes] : nodesOf(context, tables, noderange);
  const cluster = await withCommands(tables, nodes);
  // Names without an address are findings of their own.
  const boots = await readBoots(
    cluster,
    nodes,
    createResolve(() => {}),
  );
  const site = { ...machine, cluster, nodes, isNamed: noderange !== undefined, ...boots };
  return runChecks(siteChecks, site, patience * 1000);
}

function directoriesOf(tables: Tables, { installdir, tftpdir }: Machine['settings']) {
  if ('cluster' in tables) return tables.cluster.site;
  return { installdir: installdir ?? '/install', tftpdir: tftpdir ?? '/tftpboot' };
}
