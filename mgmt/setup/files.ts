import { join } from 'node:path';
import type { Cluster } from '../core/cluster.ts';
import { exists } from '../image/genimage/exists.ts';
import { bootHosts } from './boot-hosts.ts';
import { bootScriptName, bootUrl, renderBootScript } from './boot-script.ts';
import { consoleUnitName, hasConsoles, renderConsoleUnit } from './console-unit.ts';
import { type DhcpBackend, writtenBackend } from './dhcp-backend.ts';
import {
  checkDhcp,
  configFiles,
  dhcpPaths,
  inDhcp,
  inOthersDhcp,
  reservationFiles,
} from './dhcp-files.ts';
import { parseNames, renderNames } from './dns.ts';
import { type Export, exportsOf } from './exported.ts';
import type { GeneratedFile } from './generated.ts';
import { nodeOfLine } from './hosts-lines.ts';
import type { BootNetwork } from './network.ts';
import type { OwnAddress } from './networks.ts';
import { renderExports, renderGanesha } from './nfs.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { inOrder } from './reservations.ts';
import { renderUnit, type UnitInput, unitName } from './units.ts';

export interface FilesInput {
  /** The network that was named. */
  readonly network: BootNetwork;
  /** That one, and others that nodes boot from. */
  readonly networks: readonly BootNetwork[];
  readonly cluster: Cluster;
  /** This machine's addresses. */
  readonly interfaces: readonly OwnAddress[];
  /** The directory for configuration files. */
  readonly output: string;
  readonly etc: string;
  readonly state: string;
  readonly database: string;
  /** The statelite program. */
  readonly program: string;
  /** Directories that were set for this machine, which the daemon has to know too. */
  readonly overrides: UnitInput['overrides'];
}

export interface PlannedFile extends GeneratedFile {
  /** How to put it to use, for the operator; a part of another file has nothing to say. */
  readonly use?: string | undefined;
}

export interface Files {
  readonly files: readonly PlannedFile[];
  /** Lets the DHCP server look at its own. Throws as `checkConfig`. */
  readonly check: () => Promise<void>;
  /** Directories that the configuration relies on and that are ours to make. */
  readonly directories: readonly string[];
  readonly notes: readonly string[];
}

/** Everything that setup writes besides certificates, from the tables and the network. */
export async function planFiles(input: FilesInput): Promise<Files> {
  const { network, networks, cluster, output, state } = input;
  const { site } = cluster;
  const { tftpdir, installdir } = site;
  const servers = networks.map(({ server }) => server);
  const own = [...network.serverNames, ...servers, ...input.interfaces.map((one) => one.address)];
  const { exports, notes: exportNotes } = exportsOf(cluster, own);
  const clients = networks.map(({ cidr }) => cidr);
  const recovery = join(state, 'ganesha');
  const images = join(installdir, 'netboot');
  const at = (name: string) => join(output, name);
  const dhcp = await planDhcp(input);
  return {
    check: dhcp.check,
    files: [
      ...dhcp.files,
      ...(await namesLeft(output, cluster)),
      {
        path: at('exports'),
        text: renderExports(exports, clients),
        use: `${exports.length === 1 ? '1 export' : `${exports.length} exports`} for the kernel's NFS server: link it to /etc/exports.d/statelite.exports, then exportfs -ra`,
      },
      {
        path: at('ganesha.conf'),
        text: renderGanesha({ exports, clients, servers, recovery }),
        use: `the same for nfs-ganesha: ganesha.nfsd -f ${at('ganesha.conf')}, SIGHUP after a change`,
      },
      {
        path: join(tftpdir, bootScriptName),
        text: renderBootScript(),
        use: 'the first iPXE script, which DHCP names and statelite serve serves',
      },
      {
        path: at(unitName),
        text: renderUnit({ ...input, tftpdir, output }),
        use: `statelite serve as a service: systemctl enable --now ${at(unitName)}`,
      },
      ...(hasConsoles(cluster) ? [consoleUnit(at(consoleUnitName), { ...input, tftpdir })] : []),
    ],
    directories: [tftpdir, images, recovery],
    notes: [...dhcp.notes, ...exportNotes, ...(await notThere(exports, images))],
  };
}

/** The part of DHCP and TFTP: a note alone where they are the site's own. */
async function planDhcp(input: FilesInput): Promise<Pick<Files, 'files' | 'check' | 'notes'>> {
  const { networks, cluster, output, state, interfaces } = input;
  const { site } = cluster;
  const backend = writtenBackend(site);
  if (backend === undefined) {
    const port = site.port('httpport');
    const scripts = networks.map(({ server }) => `${bootUrl(server, port)}/${bootScriptName}`);
    const note = `site.dhcpbackend is isc: nothing is written for DHCP and TFTP; the site's own DHCP server has to give each node its name and hosts.ip, and send iPXE to xcat/xnba/nodes/<node> or ${scripts.join(', ')}`;
    return { files: [], check: async () => {}, notes: [note] };
  }
  const dhcp = { networks, site, output, state, interfaces };
  const isServed = inDhcp(networks);
  const { hosts, notes } = bootHosts(cluster, isServed, cluster.nodes, inOthersDhcp(networks));
  const uses = dhcpUses(backend, output, hosts.length);
  const files = [...(await configFiles(dhcp)), ...reservationFiles(dhcp, inOrder(hosts))];
  return {
    files: files.map((file) => ({ ...file, use: uses.get(file.path) })),
    check: () => checkDhcp(dhcp, hosts),
    notes,
  };
}

function consoleUnit(path: string, input: UnitInput): PlannedFile {
  const use = `consoles are recorded: systemctl enable --now ${path}, reload it for new nodes`;
  return { path, text: renderConsoleUnit(input), use };
}

/** A server refuses them; whether they are on a file system of their own is for the operator to know. */
async function notThere(exports: readonly Export[], made: string): Promise<string[]> {
  const notes = exports.map(async ({ path }) =>
    path === made || (await exists(path))
      ? []
      : [`there is no ${path} yet, and no server exports it: mkdir -p it, then reload the server`],
  );
  return (await Promise.all(notes)).flat();
}

/** What makedns has written, without nodes that no table knows any more. */
async function namesLeft(output: string, cluster: Cluster): Promise<GeneratedFile[]> {
  const path = dhcpPaths(output).names;
  const text = await readIfThere(path);
  if (text === undefined) return [];
  const left = parseNames(text).filter((line) => cluster.nodes.has(nodeOfLine(line) ?? ''));
  return [{ path, text: renderNames(left) }];
}

/** How each server is started, by its file. */
function dhcpUses(
  backend: DhcpBackend,
  output: string,
  nodes: number,
): ReadonlyMap<string, string> {
  const { dnsmasq, kea } = dhcpPaths(output);
  const known = `DHCP (nodes by name: ${nodes})`;
  const start = `dnsmasq --conf-file=${dnsmasq}`;
  if (backend === 'dnsmasq') return new Map([[dnsmasq, `${known} and TFTP: ${start}`]]);
  return new Map([
    [dnsmasq, `TFTP: ${start}`],
    [kea, `${known}: kea-dhcp4 -c ${kea}, SIGHUP after a change`],
  ]);
}
