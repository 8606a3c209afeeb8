import { join } from 'node:path';
import type { Cluster } from '../core/cluster.ts';
import { exists } from '../image/genimage/exists.ts';
import { bootHosts } from './boot-hosts.ts';
import { bootScriptName, renderBootScript } from './boot-script.ts';
import { consoleUnitName, hasConsoles, renderConsoleUnit } from './console-unit.ts';
import { dhcpBackend } from './dhcp-backend.ts';
import {
  checkDhcp,
  configFiles,
  type DhcpInput,
  dhcpPaths,
  inDhcp,
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
  const contains = inDhcp(networks);
  const { hosts, notes: hostNotes } = bootHosts(cluster, contains);
  const servers = networks.map(({ server }) => server);
  const own = [...network.serverNames, ...servers, ...input.interfaces.map((one) => one.address)];
  const { exports, notes: exportNotes } = exportsOf(cluster, own);
  const clients = networks.map(({ cidr }) => cidr);
  const recovery = join(state, 'ganesha');
  const images = join(installdir, 'netboot');
  const at = (name: string) => join(output, name);
  const dhcp = { networks, site, output, state, interfaces: input.interfaces };
  const uses = dhcpUses(dhcp, hosts.length);
  const dhcpFiles = [
    ...(await configFiles(dhcp)),
    ...reservationFiles(dhcp, inOrder(hosts)),
    ...(await namesLeft(output, cluster)),
  ];
  return {
    check: () => checkDhcp(dhcp, hosts),
    files: [
      ...dhcpFiles.map((file) => ({ ...file, use: uses.get(file.path) })),
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
        use: 'the first iPXE script, which dnsmasq names and statelite serve serves',
      },
      {
        path: at(unitName),
        text: renderUnit({ ...input, tftpdir, output }),
        use: `statelite serve as a service: systemctl enable --now ${at(unitName)}`,
      },
      ...(hasConsoles(cluster) ? [consoleUnit(at(consoleUnitName), { ...input, tftpdir })] : []),
    ],
    directories: [tftpdir, images, recovery],
    notes: [...hostNotes, ...exportNotes, ...(await notThere(exports, images))],
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
  dhcp: Pick<DhcpInput, 'site' | 'output'>,
  nodes: number,
): ReadonlyMap<string, string> {
  const { dnsmasq, kea } = dhcpPaths(dhcp.output);
  const known = `DHCP (nodes by name: ${nodes})`;
  const start = `dnsmasq --conf-file=${dnsmasq}`;
  if (dhcpBackend(dhcp.site) === 'dnsmasq')
    return new Map([[dnsmasq, `${known} and TFTP: ${start}`]]);
  return new Map([
    [dnsmasq, `TFTP: ${start}`],
    [kea, `${known}: kea-dhcp4 -c ${kea}, SIGHUP after a change`],
  ]);
}
