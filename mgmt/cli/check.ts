import { StateliteError } from '../../agent/errors.ts';
import { withCommands } from '../commands/with-commands.ts';
import { unknownImage } from '../core/unknown-image.ts';
import { readCluster } from '../db/read-cluster.ts';
import { checkBoots } from '../preview/check-boots.ts';
import { checkImage, nodesByImage } from '../preview/check-image.ts';
import { checkServers } from '../preview/check-servers.ts';
import { checkTables } from '../preview/check-tables.ts';
import type { Finding } from '../preview/finding.ts';
import { thisHost } from '../preview/host.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';

export const check = (context: Context) =>
  command({
    command: 'check [image]',
    describe: 'Find mistakes in tables, trees and images before nodes boot',
    options: (yargs) =>
      withJson(yargs).positional('image', {
        type: 'string',
        describe: 'Only this osimage and its nodes; without it, all and the tables as a whole',
      }),
    run: async ({ image, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const defined = cluster.rows.osimage.map(({ imagename }) => imagename);
      if (image !== undefined && !defined.includes(image)) {
        throw unknownImage(image, defined);
      }
      const images = image === undefined ? defined : [image];
      const host = await thisHost();
      const findings = image === undefined ? checkTables(cluster) : [];
      const nodesOf = nodesByImage(cluster);
      const nodes = images.flatMap((one) => nodesOf.get(one) ?? []);
      const prepared = await withCommands(cluster, nodes);
      for (const one of images) {
        context.progress.step(`Checking ${one} ...`);
        findings.push(...(await checkImage(one, nodesOf.get(one) ?? [], prepared, host)));
      }
      const booted = new Map(images.map((one) => [one, nodesOf.get(one) ?? []]));
      findings.push(...(await checkBoots(booted, prepared, findings)));
      findings.push(...(await checkServers(prepared, new Set(images))));
      const errors = findings.filter(({ level }) => level === 'error').length;
      context.progress.done(`Checked ${counted(images.length, 'image')}`);
      if (json) printJson(context, findings);
      else reportLines(findings, errors).forEach(context.print);
      if (errors === 0) return;
      throw new StateliteError('ERR_STATELITE_TABLE', `check found ${counted(errors, 'error')}`, {
        hint: 'nodes would not boot, or not as the tables promise',
      });
    },
  });

function reportLines(findings: readonly Finding[], errors: number): string[] {
  const warnings = findings.length - errors;
  const summary =
    findings.length === 0
      ? 'nothing wrong found'
      : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  return [...findings.flatMap(findingLines), summary];
}

function findingLines({ level, image, nodes, message, hint }: Finding): string[] {
  const about = [image, nodes === undefined ? undefined : shortened(nodes)].filter(
    (part) => part !== undefined,
  );
  return [
    `${level}: ${about.map((part) => `${part}: `).join('')}${message}`,
    ...(hint === undefined ? [] : [`    ${hint}`]),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** The first few of many nodes. */
function shortened(nodes: readonly string[]): string {
  const shown = nodes.slice(0, 5).join(',');
  return nodes.length > 5 ? `${shown} and ${nodes.length - 5} more` : shown;
}
