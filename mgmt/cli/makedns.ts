import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { plain } from '../core/plain.ts';
import { readCluster } from '../db/read-cluster.ts';
import { dhcpPaths } from '../setup/dhcp-files.ts';
import {
  dnsOff,
  externalDns,
  forwardersOf,
  parseNames,
  refuseOtherDns,
  renderDns,
  renderNames,
} from '../setup/dns.ts';
import { type GeneratedFile, writeGenerated } from '../setup/generated.ts';
import { hostsFile, parseHosts } from '../setup/hosts-block.ts';
import { mergeLines } from '../setup/hosts-merge.ts';
import { networksIn } from '../setup/networks-in.ts';
import { type NamedHost, otherHosts } from '../setup/other-hosts.ts';
import { withLock } from '../setup/lock.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
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
      const output = resolve(context.cwd, given ?? join(settings.etc, 'generated'));
      const paths = dhcpPaths(output);
      const changes = await withLock(output, async () =>
        writeGenerated(await plan(context, cluster, paths, request), { dryRun, force }),
      );
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
  const isOff = request.delete && nodes === undefined;
  return [
    { path: paths.names, text: renderNames(lines) },
    {
      path: paths.dns,
      text: isOff ? dnsOff() : dnsFor(cluster, paths.names, forwarders, await othersOf(cluster)),
    },
  ];
}

async function othersOf(cluster: Cluster): Promise<NamedHost[]> {
  const { before, after } = parseHosts((await readIfThere(hostsFile)) ?? '', hostsFile);
  const { networks } = networksIn(cluster);
  const isNode = (name: string) => cluster.nodes.has(name);
  return otherHosts({ hosts: `${before}\n${after}`, networks, hostname: hostname(), isNode });
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
    domains: [...new Set(domains.flatMap((domain) => domain ?? []))].filter(isDomain),
    others,
    forwarders,
  });
}

function isDomain(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(text);
}
