import { join } from 'node:path';
import type { Cluster } from '../core/cluster.ts';
import { bootHosts } from './boot-hosts.ts';
import { bootScriptName, bootUrl, renderBootScript } from './boot-script.ts';
import { dhcpBackend } from './dhcp-backend.ts';
import { configFiles, type DhcpInput, dhcpPaths, reservationFiles } from './dhcp-files.ts';
import { exportsOf } from './exported.ts';
import type { GeneratedFile } from './generated.ts';
import type { BootNetwork } from './network.ts';
import type { OwnAddress } from './networks.ts';
import { renderExports, renderGanesha } from './nfs.ts';
import { renderUnit, unitName } from './units.ts';

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
}

export interface PlannedFile extends GeneratedFile {
  /** How to put it to use, for the operator; a part of another file has nothing to say. */
  readonly use?: string | undefined;
}

export interface Files {
  readonly files: readonly PlannedFile[];
  /** Directories that the configuration relies on and that are ours to make. */
  readonly directories: readonly string[];
  readonly notes: readonly string[];
}

/** Everything that setup writes besides certificates, from the tables and the network. */
export async function planFiles(input: FilesInput): Promise<Files> {
  const { network, networks, cluster, output, state } = input;
  const { site } = cluster;
  const { tftpdir, installdir } = site;
  const contains = (address: string) => networks.some((one) => one.contains(address));
  const { hosts, notes: hostNotes } = bootHosts(cluster, contains);
  const { exports, notes: exportNotes } = exportsOf(cluster, network.serverNames);
  const url = bootUrl(network.server, site.port('httpport'));
  const clients = networks.map(({ cidr }) => cidr);
  const recovery = join(state, 'ganesha');
  const at = (name: string) => join(output, name);
  const dhcp = { networks, site, output, state, interfaces: input.interfaces };
  const uses = dhcpUses(dhcp, hosts.length);
  const dhcpFiles = [...(await configFiles(dhcp)), ...reservationFiles(dhcp, hosts)];
  return {
    files: [
      ...dhcpFiles.map((file) => ({ ...file, use: uses.get(file.path) })),
      {
        path: at('exports'),
        text: renderExports(exports, clients),
        use: `${exports.length} exports for the kernel's NFS server: link it to /etc/exports.d/statelite.exports, then exportfs -ra`,
      },
      {
        path: at('ganesha.conf'),
        text: renderGanesha({ exports, clients, server: network.server, recovery }),
        use: `the same for nfs-ganesha: ganesha.nfsd -f ${at('ganesha.conf')}, SIGHUP after a change`,
      },
      {
        path: join(tftpdir, bootScriptName),
        text: renderBootScript(url),
        use: 'the first iPXE script, which dnsmasq names and statelite serve serves',
      },
      {
        path: at(unitName),
        text: renderUnit({ ...input, tftpdir }),
        use: `statelite serve as a service: systemctl enable --now ${at(unitName)}`,
      },
    ],
    directories: [tftpdir, join(installdir, 'netboot'), recovery],
    notes: [...hostNotes, ...exportNotes],
  };
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
