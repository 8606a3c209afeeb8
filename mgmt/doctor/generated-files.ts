import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import type { Cluster } from '../core/cluster.ts';
import { certificateNames, certificatesIn } from '../setup/certificate-state.ts';
import { certificatePaths } from '../setup/certificates.ts';
import { hasIscDhcp, writtenBackend } from '../setup/dhcp-backend.ts';
import { planFiles } from '../setup/files.ts';
import type { BootNetwork } from '../setup/network.ts';
import { isAboutRow } from '../setup/network-notes.ts';
import { networksIn } from '../setup/networks-in.ts';
import { ownershipOf, sealed } from '../setup/seal.ts';
import { programSettings } from '../setup/units.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, warn } from './finding.ts';
import { reservationsAgain } from './reservations-again.ts';
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
    if (!isKnown(cluster.site)) return [];
    const { networks, interfaces, notes } = networksIn(cluster);
    const left = notes.flatMap((text) => judgeNetworkNote(text, hasIscDhcp(cluster.site)));
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
    const dhcp = { networks, site: cluster.site, output };
    const reserved = hasIscDhcp(cluster.site) ? undefined : await reservationsAgain(dhcp, cluster);
    const facts: GeneratedFacts[] = [];
    for (const { path, text } of files) {
      // The unit names the program, and this may be another one.
      const now = path.endsWith('.service') ? undefined : await readIfThere(path, 'ENOTDIR');
      if (now !== undefined)
        facts.push({ path, now, wanted: sealed(reserved?.texts.get(path) ?? text) });
    }
    const commands = { setup: setupFor(network), reserve: reserved?.command ?? '' };
    return [...left, ...judgeGenerated(facts, commands)];
  },
};

/**
 * A note of `networksIn`: about a row, or about site.dhcpinterfaces, which has its remedy in it and
 * is nothing to whom ISC's server serves.
 */
export function judgeNetworkNote(text: string, isIsc: boolean): Finding[] {
  if (isAboutRow(text)) {
    return [warn(text, `correct the row: tabedit networks${isIsc ? '' : '; then makedhcp -n'}`)];
  }
  const [message = text, remedy = ''] = text.split(/; (?=chtab )/u);
  return isIsc ? [] : [warn(message, `${remedy}; then makedhcp -n and makedhcp -a`)];
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

/** Of a site with a DHCP server that setup does not know, nothing is written. */
function isKnown(site: Cluster['site']): boolean {
  try {
    writtenBackend(site);
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
