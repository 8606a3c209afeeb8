import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { linksTo } from '../bootfiles/link-files.ts';
import { isReserved } from '../bootfiles/layouts.ts';
import { ownPaths } from '../bootfiles/node-files.ts';
import { removeBootFiles } from '../bootfiles/write.ts';
import type { Cluster } from '../core/cluster.ts';
import type { Site } from '../core/site.ts';
import { dhcpPaths, readReservations } from '../setup/dhcp-files.ts';
import { parseNames } from '../setup/dns.ts';
import { hostsFile, parseHosts } from '../setup/hosts-block.ts';
import { nodeOfLine } from '../setup/hosts-lines.ts';
import { networksIn } from '../setup/networks-in.ts';
import type { Context } from './context.ts';
import { updateDhcp } from './update-dhcp.ts';

/**
 * After nodes were removed from the tables: their DHCP reservations and boot files go, unless
 * site.pruneservices says no. What is still there of them is a warning that names the commands which
 * take it away: makehosts and makedns are for the operator to run. `bootFiles` go in any case.
 * Resolves to how many boot files went.
 */
export async function forgetNodes(
  context: Context,
  after: Cluster,
  nodes: readonly string[],
  { bootFiles = false }: { readonly bootFiles?: boolean } = {},
): Promise<number> {
  const { site } = after;
  const gone = nodes.filter((node) => !after.nodes.has(node));
  if (gone.length === 0) return 0;
  if (isPruned(site)) await updateDhcp(context, after, { remove: gone });
  const files = await filesOf(gone, site.tftpdir);
  const isRemoved = bootFiles || isPruned(site);
  if (isRemoved) await removeBootFiles(site.tftpdir, files);
  const left = [
    ...(await leftInServices(context, after, gone)),
    ...(isRemoved ? [] : leftFiles(files, site.tftpdir)),
  ];
  if (left.length > 0) context.log.warn(`still there of ${named(gone)}: ${left.join('; ')}`);
  return isRemoved ? files.length : 0;
}

/** site.pruneservices; xCAT has to be asked for it, and leaves reservations behind otherwise. */
function isPruned({ get }: Site): boolean {
  return !['n', 'no', '0'].includes(get('pruneservices')?.toLowerCase() ?? '');
}

/** By name alone, below tftpdir. A name that a loader has for itself may be the site's own file. */
async function filesOf(nodes: readonly string[], tftpdir: string): Promise<string[]> {
  const loaders = ['xnba', 'pxe', 'grub2', 'grub2-http', 'yaboot', 'petitboot'] as const;
  const own = nodes.filter((node) => !loaders.some((loader) => isReserved(node, loader)));
  return [...own.flatMap(ownPaths), ...(await linksTo(tftpdir, own))].filter((path) =>
    isThere(join(tftpdir, path)),
  );
}

/** A link that leads nowhere is there too. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

async function leftInServices(
  context: Context,
  cluster: Cluster,
  nodes: readonly string[],
): Promise<string[]> {
  const gone = new Set(nodes);
  const isLeft = (lines: readonly string[]) =>
    lines.some((line) => gone.has(nodeOfLine(line) ?? ''));
  const output = join(context.settings.etc, 'generated');
  const names = parseNames((await readIfThere(dhcpPaths(output).names)) ?? '');
  const range = nodes.length > 10 ? undefined : nodes.join(',');
  const command = (verb: string, all = '') =>
    range === undefined ? `${verb}${all}` : `${verb} -d ${range}`;
  return [
    ...((await reserved(cluster, output)).some((node) => gone.has(node))
      ? [`DHCP: ${command('makedhcp', ' -a')}`]
      : []),
    ...(isLeft(await linesOfHosts()) ? [`${hostsFile}: ${command('makehosts')}`] : []),
    ...(isLeft(names) ? [`DNS: ${command('makedns')}`] : []),
  ];
}

/** Nobody if the site has another DHCP server than ours. */
async function reserved(cluster: Cluster, output: string): Promise<string[]> {
  try {
    const { site } = cluster;
    return (await readReservations({ site, output, ...networksIn(cluster) })).map(
      ({ node }) => node,
    );
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_SETUP')) return [];
    throw error;
  }
}

/** A block that makehosts itself would refuse is said by makehosts. */
async function linesOfHosts(): Promise<readonly string[]> {
  try {
    return parseHosts((await readIfThere(hostsFile)) ?? '', hostsFile).lines ?? [];
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_SETUP')) return [];
    throw error;
  }
}

function leftFiles(files: readonly string[], tftpdir: string): string[] {
  if (files.length === 0) return [];
  if (files.length > 8) return [`${files.length} boot files below ${tftpdir}`];
  return [`boot files: rm ${files.map((path) => join(tftpdir, path)).join(' ')}`];
}

function named(nodes: readonly string[]): string {
  return nodes.length > 10 ? `${nodes.slice(0, 10).join(',')},…` : nodes.join(',');
}
