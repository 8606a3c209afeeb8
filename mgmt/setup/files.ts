import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { bootHosts } from './boot-hosts.ts';
import { bootScriptName, bootUrl, renderBootScript } from './boot-script.ts';
import { renderDnsmasq } from './dnsmasq.ts';
import { exportsOf } from './exported.ts';
import type { GeneratedFile } from './generated.ts';
import type { BootNetwork } from './network.ts';
import { renderExports, renderGanesha } from './nfs.ts';
import { renderUnit, unitName } from './units.ts';

export interface FilesInput {
  readonly network: BootNetwork;
  readonly cluster: Cluster;
  /** The directory for configuration files. */
  readonly output: string;
  readonly etc: string;
  readonly state: string;
  readonly database: string;
  /** The statelite program. */
  readonly program: string;
}

export interface PlannedFile extends GeneratedFile {
  /** How to put it to use, for the operator. */
  readonly use: string;
}

export interface Files {
  readonly files: readonly PlannedFile[];
  /** Directories that the configuration relies on and that are ours to make. */
  readonly directories: readonly string[];
  readonly notes: readonly string[];
}

/** Everything that setup writes besides certificates, from the tables and the network. */
export function planFiles(input: FilesInput): Files {
  const { network, cluster, output, state } = input;
  const { tftpdir, installdir } = cluster.site;
  const { hosts, notes: hostNotes } = bootHosts(cluster, network.contains);
  const { exports, notes: exportNotes } = exportsOf(cluster, network.serverNames);
  const url = bootUrl(network.server, cluster.site.port('httpport'));
  const clients = [network.cidr];
  const recovery = join(state, 'ganesha');
  const at = (name: string) => join(output, name);
  const dnsmasq = renderDnsmasq({
    network,
    hosts,
    tftpdir: plainPath(tftpdir),
    leases: plainPath(join(state, 'dnsmasq.leases')),
    script: `${url}/${bootScriptName}`,
  });
  return {
    files: [
      {
        path: at('dnsmasq.conf'),
        text: dnsmasq,
        use: `DHCP (nodes by name: ${hosts.length}) and TFTP: dnsmasq --conf-file=${at('dnsmasq.conf')}`,
      },
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

/** dnsmasq has no way to quote what it gives a meaning to. */
function plainPath(path: string): string {
  if (/^[\w./@:=+-]+$/.test(path)) return path;
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `dnsmasq cannot be told the path ${JSON.stringify(path)}`,
    {
      hint: 'choose a path of letters, digits and . _ - / for it',
    },
  );
}
