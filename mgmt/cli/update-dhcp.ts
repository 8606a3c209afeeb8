import { join } from 'node:path';
import { explainError, StateliteError } from '../../agent/errors.ts';
import { isFileFault } from '../bootfiles/file-fault.ts';
import type { Cluster } from '../core/cluster.ts';
import { bootHosts } from '../setup/boot-hosts.ts';
import { hasIscDhcp, isDhcpKept } from '../setup/dhcp-backend.ts';
import {
  checkDhcp,
  inDhcp,
  inOthersDhcp,
  mainFile,
  readReservations,
  reservationFiles,
} from '../setup/dhcp-files.ts';
import { writeGenerated } from '../setup/generated.ts';
import { withLock } from '../setup/lock.ts';
import type { BootNetwork } from '../setup/network.ts';
import { networksIn } from '../setup/networks-in.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { changeReservations, newReservations } from '../setup/reservations.ts';
import type { Context } from './context.ts';
import { reloadServers } from './running-servers.ts';

/**
 * After nodes were set or removed: their reservations follow, and the DHCP server is told. Nothing
 * is done if site.dhcpsetup says no, or if the DHCP server has no configuration of ours. What fails,
 * or is new and not to the server's liking, is a warning: the nodes are set, and makedhcp can be run
 * again.
 */
export async function updateDhcp(
  context: Context,
  cluster: Cluster,
  change: { readonly set: readonly string[] } | { readonly remove: readonly string[] },
): Promise<void> {
  const { site } = cluster;
  const output = join(context.settings.etc, 'generated');
  const named = 'set' in change ? change.set : change.remove;
  if (named.length === 0 || !isDhcpKept(site) || hasIscDhcp(site)) return;
  try {
    const dhcp = { site, output, state: context.settings.state, ...networksIn(cluster) };
    if ((await readIfThere(mainFile(dhcp))) === undefined) return;
    const wanted =
      'set' in change
        ? { set: hostsOf(cluster, dhcp.networks, change.set), all: false }
        : { remove: change.remove };
    await withLock(output, async () => {
      const now = await readReservations(dhcp);
      const { hosts, notes } = changeReservations(now, wanted, (name) => cluster.nodes.has(name));
      for (const note of notes) context.log.warn(note);
      const unseen = newReservations(now, hosts);
      if (unseen.length > 0) await checkDhcp(dhcp, unseen);
      const changes = await writeGenerated(reservationFiles(dhcp, hosts));
      if (changes.every(({ change: what }) => what === 'unchanged')) return;
      const quiet = { log: context.log, print: () => {} };
      await reloadServers(quiet, mainFile(dhcp), { restart: false });
    });
  } catch (error) {
    if (!(error instanceof StateliteError) && !isFileFault(error)) throw error;
    const said = error instanceof StateliteError ? explainError(error).join('; ') : error.message;
    context.log.warn(`DHCP was not brought up to date: ${said}`);
  }
}

/** Nodes in a network that site.dhcpinterfaces leaves to another server are nothing to warn of. */
function hostsOf(cluster: Cluster, networks: readonly BootNetwork[], nodes: readonly string[]) {
  return bootHosts(cluster, inDhcp(networks), nodes, inOthersDhcp(networks));
}
