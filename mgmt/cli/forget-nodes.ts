import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { isFileFault, namingFaults } from '../bootfiles/file-fault.ts';
import { linksTo } from '../bootfiles/link-files.ts';
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
 * take it away: makehosts and makedns are for the operator to run. `bootFiles` go in any case. What
 * cannot be read or removed is a warning too: the tables say already that the nodes are gone.
 */
export async function forgetNodes(
  context: Context,
  after: Cluster,
  nodes: readonly string[],
  { bootFiles = false }: { readonly bootFiles?: boolean } = {},
): Promise<void> {
  const { site } = after;
  const gone = nodes.filter((node) => !after.nodes.has(node));
  if (gone.length === 0) return;
  if (isPruned(site)) await updateDhcp(context, after, { remove: gone });
  const files = await keptFiles(context, gone, site.tftpdir, bootFiles || isPruned(site));
  const left = [...(await leftInServices(context, after, gone)), ...leftFiles(files, site.tftpdir)];
  if (left.length > 0) context.log.warn(`still there of ${named(gone)}: ${left.join('; ')}`);
}

/** site.pruneservices; xCAT has to be asked for it, and leaves reservations behind otherwise. */
function isPruned({ get }: Site): boolean {
  return !['n', 'no', '0'].includes(get('pruneservices')?.toLowerCase() ?? '');
}

/** The boot files that stay, below tftpdir; `isRemoved` says whether they are to. */
async function keptFiles(
  { log }: Context,
  nodes: readonly string[],
  tftpdir: string,
  isRemoved: boolean,
): Promise<string[]> {
  const files: string[] = [];
  try {
    await namingFaults(tftpdir, async () => {
      files.push(...(await filesOf(nodes, tftpdir)));
      if (isRemoved) await removeBootFiles(tftpdir, files);
    });
    return isRemoved ? [] : files;
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_BOOTFILE')) throw error;
    const what = `boot files were not ${isRemoved ? 'removed' : 'looked at'}`;
    log.warn(`${what}: ${explainError(error).join('; ')}`);
    return files.filter((path) => isThere(join(tftpdir, path)));
  }
}

/** By name alone. */
async function filesOf(nodes: readonly string[], tftpdir: string): Promise<string[]> {
  const paths = [...nodes.flatMap(ownPaths), ...(await linksTo(tftpdir, nodes))];
  return paths.filter((path) => isThere(join(tftpdir, path)));
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
  const output = join(context.settings.etc, 'generated');
  const { names } = dhcpPaths(output);
  const range = nodes.length > 10 ? undefined : nodes.join(',');
  const command = (verb: string, all = '') =>
    range === undefined ? `${verb}${all}` : `${verb} -d ${range}`;
  const left: string[] = [];
  const look = async (what: string, remedy: string, read: () => Promise<readonly string[]>) => {
    const found = await namesIn(context, what, read);
    if (found.some((name) => gone.has(name))) left.push(`${what}: ${remedy}`);
  };
  const { site } = cluster;
  await look('DHCP', command('makedhcp', ' -a'), async () =>
    (await readReservations({ site, output, ...networksIn(cluster) })).map(({ node }) => node),
  );
  await look(hostsFile, command('makehosts'), async () =>
    nodesOfLines(parseHosts((await readIfThere(hostsFile)) ?? '', hostsFile).lines ?? []),
  );
  await look('DNS', command('makedns'), async () =>
    nodesOfLines(parseNames((await readIfThere(names)) ?? '')),
  );
  return left;
}

function nodesOfLines(lines: readonly string[]): string[] {
  return lines.flatMap((line) => nodeOfLine(line) ?? []);
}

/**
 * Nobody if the site has another DHCP server than ours. What makehosts itself would refuse is said by
 * makehosts.
 */
async function namesIn(
  { log }: Context,
  what: string,
  read: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_SETUP')) return [];
    if (!(error instanceof StateliteError) && !isFileFault(error)) throw error;
    log.warn(`${what} was not looked at: ${error.message}`);
    return [];
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
