import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { plain } from '../core/plain.ts';
import { readCluster } from '../db/read-cluster.ts';
import { checkConfig } from '../setup/check-config.ts';
import { dhcpPaths } from '../setup/dhcp-files.ts';
import {
  dnsOff,
  externalDns,
  forwardersOf,
  isDnsOff,
  parseNames,
  refuseOtherDns,
  renderDns,
  renderNames,
} from '../setup/dns.ts';
import { type GeneratedFile, writeGenerated } from '../setup/generated.ts';
import { isHostName } from '../setup/host-name.ts';
import { hostsFile, parseHosts } from '../setup/hosts-block.ts';
import { mergeLines } from '../setup/hosts-merge.ts';
import { networksIn } from '../setup/networks-in.ts';
import { type NamedHost, otherHosts } from '../setup/other-hosts.ts';
import { withLock } from '../setup/lock.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { generatedIn } from './given-path.ts';
import { namedForLines } from './nodes-or-kept.ts';
import { reloadServers } from './running-servers.ts';
import { withWriting } from './writing-options.ts';
import { printChanges } from './written.ts';

interface Request {
  readonly noderange?: string | undefined;
  readonly new: boolean;
  readonly delete: boolean;
}

export const makedns = (context: Context) =>
  command({
    command: 'makedns [noderange]',
    describe: 'Let dnsmasq answer for the names and addresses of nodes',
    options: (yargs) =>
      withWriting(yargs)
        .positional('noderange', { type: 'string', describe: 'Nodes and groups; all without' })
        .option('new', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'These nodes only; it knows no others any more',
        })
        .option('delete', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: 'Remove the names of the nodes; without nodes all, and DNS is off',
        })
        .option('external', {
          alias: 'e',
          type: 'boolean',
          default: false,
          describe: 'Refused: other DNS servers are not written to',
        })
        .check(({ new: isNew, delete: remove }) => {
          if (isNew && remove) throw new Error('-n and -d are opposites');
          return true;
        }),
    run: async ({ output: given, dryRun, force, external, ...request }) => {
      const { settings } = context;
      if (external) throw externalDns('an external DNS was asked for');
      const cluster = await readCluster(context.store(), settings);
      refuseOtherDns(cluster.site);
      const output = generatedIn(context, given);
      const paths = dhcpPaths(output);
      const changes = await withLock(output, async () => {
        const files = await plan(context, cluster, paths, request);
        if (!force) await checkConfig(async (at) => inDirectory(at, files));
        return writeGenerated(files, { dryRun, force });
      });
      printChanges(context, changes, dryRun);
      if (dryRun || changes.every(({ change }) => change === 'unchanged')) return;
      const restart = changes.some(
        ({ path, change }) => path === paths.dns && change !== 'unchanged',
      );
      const told = await reloadServers(context, paths.dnsmasq, { restart });
      if (told === 0) context.print(`no dnsmasq runs with ${paths.dnsmasq}`);
    },
  });

async function plan(
  context: Context,
  cluster: Cluster,
  paths: ReturnType<typeof dhcpPaths>,
  request: Request,
): Promise<GeneratedFile[]> {
  if ((await readIfThere(paths.dnsmasq)) === undefined) {
    throw new StateliteError('ERR_STATELITE_SETUP', `there is no ${paths.dnsmasq}`, {
      hint: 'makedhcp -n writes it',
    });
  }
  const now = parseNames((await readIfThere(paths.names)) ?? '');
  const nodes = namedForLines(context, cluster, now, request);
  // What an address leads to is the first name: in DNS that is the one with the domain.
  const { lines, notes } = mergeLines(now, nodes, cluster, { ...request, longnamefirst: true });
  const { addresses: forwarders, others } = forwardersOf(cluster.site);
  const names = others.map((word) => `site row key=forwarders: ${plain(word)} is no address`);
  for (const note of [...notes, ...names]) context.log.warn(note);
  const written = { path: paths.names, text: renderNames(lines) };
  if (request.delete && nodes === undefined) return [written, { path: paths.dns, text: dnsOff() }];
  const before = await readIfThere(paths.dns);
  // To take names away is no reason to answer DNS.
  if (request.delete && (before === undefined || isDnsOff(before))) return [written];
  const text = dnsFor(cluster, paths.names, forwarders, await othersOf(cluster, lines));
  return [written, { path: paths.dns, text }];
}

function inDirectory(directory: string, files: readonly GeneratedFile[]): GeneratedFile[] {
  return files.map(({ path, text }) => ({ path: join(directory, basename(path)), text }));
}

async function othersOf(cluster: Cluster, lines: readonly string[]): Promise<NamedHost[]> {
  const { before, after } = parseHosts((await readIfThere(hostsFile)) ?? '', hostsFile);
  const { networks } = networksIn(cluster);
  const master = cluster.site.get('master');
  return otherHosts({
    hosts: `${before}\n${after}`,
    lines,
    networks,
    hostname: hostname(),
    master,
  });
}

function dnsFor(
  { rows, site }: Cluster,
  names: string,
  forwarders: readonly string[],
  others: readonly NamedHost[],
): string {
  const domains = [...rows.networks.map(({ domain }) => domain), site.get('domain') ?? null];
  return renderDns({
    names,
    domains: [...new Set(domains.flatMap((domain) => domain ?? []))].filter(isHostName),
    others,
    forwarders,
  });
}
