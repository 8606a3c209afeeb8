import { join } from 'node:path';
import { readIfThere } from '../../agent/files/if-there.ts';
import { certificateNames, certificatesIn } from '../setup/certificate-state.ts';
import { certificatePaths } from '../setup/certificates.ts';
import { planFiles } from '../setup/files.ts';
import type { BootNetwork } from '../setup/network.ts';
import { networksOf } from '../setup/networks.ts';
import { ownAddresses } from '../setup/own-addresses.ts';
import { ownershipOf, sealed } from '../setup/seal.ts';
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
    const get = (key: string) => cluster.site.get(key);
    const interfaces = ownAddresses();
    const rows = cluster.rows.networks;
    const { networks, notes } = networksOf({
      rows,
      master: get('master'),
      domain: get('domain'),
      interfaces,
    });
    const left = notes.map((note) =>
      warn(note, 'correct the row: tabedit networks; then makedhcp -n'),
    );
    const names = await certifiedNames(settings.etc);
    const named = networks.find(({ contains }) => names.some(contains)) ?? networks[0];
    if (named === undefined) return left;
    const network = { ...named, serverNames: names.length === 0 ? named.serverNames : names };
    const { files } = await planFiles({
      network,
      networks,
      cluster,
      interfaces,
      output: join(settings.etc, 'generated'),
      etc: settings.etc,
      state: settings.state,
      database: settings.database,
      program: process.execPath,
      overrides: { installdir: settings.installdir, tftpdir: settings.tftpdir },
    });
    const facts: GeneratedFacts[] = [];
    for (const { path, text } of files) {
      // The unit names the program, and this may be another one.
      const now = path.endsWith('.service') ? undefined : await readIfThere(path, 'ENOTDIR');
      if (now !== undefined) facts.push({ path, now, wanted: sealed(text) });
    }
    return [...left, ...judgeGenerated(facts, setupFor(network))];
  },
};

/** `setup` is the command that writes all of them. */
export function judgeGenerated(all: readonly GeneratedFacts[], setup: string): Finding[] {
  const findings = all
    .filter(({ now, wanted }) => now !== wanted)
    .map(({ path, now }) => {
      const again = remedyOf(path, setup);
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

function remedyOf(path: string, setup: string): string {
  if (/dnsmasq-(?:hosts|options)$|kea-reservations-[^/]*$/u.test(path)) return 'makedhcp -a';
  if (path.endsWith('/dnsmasq-names')) return 'makedns';
  if (/(?:dnsmasq|dnsmasq-dns|kea-dhcp4)\.conf$/u.test(path)) {
    return 'makedhcp -n, and restart the server if it says so';
  }
  if (path.endsWith('/exports')) return `${setup}, then exportfs -ra`;
  if (path.endsWith('/ganesha.conf')) return `${setup}, then kill -HUP $(pidof ganesha.nfsd)`;
  return setup;
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
