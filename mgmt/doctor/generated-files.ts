import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import type { Cluster } from '../core/cluster.ts';
import { foldNames } from '../core/fold-names.ts';
import { bootHosts } from '../setup/boot-hosts.ts';
import { certificateNames, certificatesIn } from '../setup/certificate-state.ts';
import { certificatePaths } from '../setup/certificates.ts';
import { dhcpBackend } from '../setup/dhcp-backend.ts';
import { inDhcp, readReservations, reservationFiles } from '../setup/dhcp-files.ts';
import { planFiles } from '../setup/files.ts';
import type { BootNetwork } from '../setup/network.ts';
import { networksIn } from '../setup/networks-in.ts';
import { inOrder } from '../setup/reservations.ts';
import { ownershipOf, sealed } from '../setup/seal.ts';
import { programSettings } from '../setup/units.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, warn } from './finding.ts';
import type { Site } from './site.ts';

/** A file of ours, as it lies on the disk and as the tables would have it now. */
export interface GeneratedFacts {
  readonly path: string;
  readonly now: string;
  readonly wanted: string;
}

/** Files that setup and makedhcp have written are compared with what they would write now. */
export const generatedFiles: Check<Site> = {
  group: 'services',
  name: 'generated files',
  async look(site) {
    const { cluster, settings } = site;
    if (!isOurs(cluster.site)) return [];
    const { networks, interfaces, notes } = networksIn(cluster);
    const left = notes.map((note) =>
      warn(note, 'correct the row: tabedit networks; then makedhcp -n'),
    );
    const names = await certifiedNames(settings.etc);
    const named = networks.find(({ contains }) => names.some(contains)) ?? networks[0];
    if (named === undefined) return left;
    const network = { ...named, serverNames: names.length === 0 ? named.serverNames : names };
    const output = join(settings.etc, 'generated');
    const { files } = await planFiles({
      network,
      networks,
      cluster,
      interfaces,
      output,
      ...programSettings(settings),
    });
    const reserved = await reservationsAgain({ networks, site: cluster.site, output }, cluster);
    const facts: GeneratedFacts[] = [];
    for (const { path, text } of files) {
      // The unit names the program, and this may be another one.
      const now = path.endsWith('.service') ? undefined : await readIfThere(path, 'ENOTDIR');
      if (now !== undefined)
        facts.push({ path, now, wanted: sealed(reserved.texts.get(path) ?? text) });
    }
    return [
      ...left,
      ...judgeGenerated(facts, { setup: setupFor(network), reserve: reserved.command }),
    ];
  },
};

/**
 * The reservations of the nodes that have one, as the tables have them now, by file; and the command
 * that writes them. A node need not have one:
 * `nodeset offline` and `makedhcp -d` take it away. Whether those that boot do is another check's.
 */
async function reservationsAgain(
  dhcp: Parameters<typeof readReservations>[0],
  cluster: Cluster,
): Promise<{ texts: ReadonlyMap<string, string>; command: string }> {
  const contains = inDhcp(dhcp.networks);
  const known = (await readReservations(dhcp))
    .map(({ node }) => node)
    .filter((node) => cluster.nodes.has(node));
  const { hosts } = bootHosts(cluster, contains, known);
  const files = reservationFiles(dhcp, inOrder(hosts));
  const isAll = known.length === 0 || bootHosts(cluster, contains).hosts.length === hosts.length;
  return {
    texts: new Map(files.map(({ path, text }) => [path, text])),
    command: `makedhcp ${isAll ? '-a' : foldNames(known)}`,
  };
}

/** What writes the files again. */
export interface Commands {
  readonly setup: string;
  /** The reservations, of the nodes that have one. */
  readonly reserve: string;
}

export function judgeGenerated(all: readonly GeneratedFacts[], commands: Commands): Finding[] {
  const findings = all
    .filter(({ now, wanted }) => now !== wanted)
    .map(({ path, now }) => {
      const again = remedyOf(path, commands);
      switch (ownershipOf(now)) {
        case 'ours':
          return warn(`${path} is older than the tables`, again);
        case 'changed':
          return warn(
            `${path} was changed by hand`,
            `${again}; --dry-run shows, --force replaces it`,
          );
        case 'foreign':
          return warn(
            `${path} is not ours, and stands where setup writes`,
            `move it away, then ${again}`,
          );
      }
    });
  const good = all.length - findings.length;
  const fine = good === 0 ? [] : [ok(`${counted(good, 'generated file')} as the tables say`)];
  return [...fine, ...findings];
}

function remedyOf(path: string, { setup, reserve }: Commands): string {
  if (/dnsmasq-(?:hosts|options)$|kea-reservations-[^/]*$/u.test(path)) return reserve;
  if (path.endsWith('/dnsmasq-names')) return 'makedns';
  if (/(?:dnsmasq|dnsmasq-dns|kea-dhcp4)\.conf$/u.test(path)) {
    return 'makedhcp -n, and restart the server if it says so';
  }
  if (path.endsWith('/exports')) return `${setup}, then exportfs -ra`;
  if (path.endsWith('/ganesha.conf')) return `${setup}, then kill -HUP $(pidof ganesha.nfsd)`;
  return setup;
}

/** Of a site with a DHCP server that we have no configuration for, nothing is written. */
function isOurs(site: Cluster['site']): boolean {
  try {
    dhcpBackend(site);
    return true;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_SETUP')) return false;
    throw error;
  }
}

/** What the server certificate is for: every name that setup was told. */
async function certifiedNames(etc: string): Promise<string[]> {
  const pem = await readIfThere(certificatePaths(etc).cert, 'ENOTDIR');
  return certificatesIn(pem ?? '')
    .slice(0, 1)
    .flatMap(certificateNames);
}

function setupFor({ cidr, serverNames }: Pick<BootNetwork, 'cidr' | 'serverNames'>): string {
  return `statelite setup --network ${cidr} ${serverNames.map((name) => `--server ${name}`).join(' ')}`;
}
