import { join } from 'node:path';
import { exists } from '../image/genimage/exists.ts';
import { bootScriptName, bootUrl } from '../setup/boot-script.ts';
import type { Check } from './check.ts';
import { type DhcpFacts, type DhcpServer, readDhcp } from './dhcp-server.ts';
import { counted, type Finding, fail, note, ok, warn } from './finding.ts';
import { formatOwner } from './port-owner.ts';
import { askedAddresses, type Site } from './site.ts';

/** A node that asks for an address when it boots. */
export interface DhcpNode {
  readonly node: string;
  readonly mac: string;
  readonly address: string | undefined;
}

/** What the configuration should say. */
export interface Expected {
  readonly nodes: readonly DhcpNode[];
  /** URLs of the first iPXE script, by each address of this machine that nodes use. */
  readonly scripts: readonly string[];
  /** Files that DHCP names and tftpdir does not have. */
  readonly missing: readonly string[];
  readonly etc: string;
}

/** Asks nobody: a DHCP request could give an address away. */
export const dhcp: Check<Site> = {
  group: 'DHCP',
  name: 'DHCP server',
  async look(site) {
    if (site.boots.length === 0) return [];
    const facts = await readDhcp(site);
    const { tftpdir, port } = site.cluster.site;
    const named = facts.servers.flatMap(({ config }) => config.bootFiles);
    const missing: string[] = [];
    for (const file of new Set(named)) {
      if (/^[\w./+-]+$/u.test(file) && !(await exists(join(tftpdir, file)))) missing.push(file);
    }
    const urls = askedAddresses(site).map((host) => bootUrl(host, port('httpport')));
    return judgeDhcp(facts, {
      nodes: site.boots.map(({ node, plan: { mac, address } }) => ({ node, mac, address })),
      scripts: urls.map((url) => `${url}/${bootScriptName}`),
      missing: missing.map((file) => join(tftpdir, file)),
      etc: site.settings.etc,
    });
  },
};

export function judgeDhcp({ servers, owner }: DhcpFacts, expected: Expected): Finding[] {
  const [server] = servers;
  if (server === undefined) {
    const hint = `dnsmasq --conf-file=${join(expected.etc, 'generated/dnsmasq.conf')}, which statelite setup writes`;
    if (owner === undefined) {
      return [warn('no DHCP server runs on this machine: another one must know the nodes', hint)];
    }
    const message = `${formatOwner(owner)} has the DHCP port, and no configuration of it was found`;
    return [note(message, 'does it know the nodes, their boot files and their next-server?')];
  }
  if (owner === undefined) {
    const message = `${server.name} (pid ${server.pid}) runs, but does not listen on the DHCP port`;
    return [fail(message, `its log says why; then ${restart(server)}`)];
  }
  const findings = [
    ...judgeReservations(server, expected.nodes),
    ...judgeBootFiles(server, expected),
    ...server.changed.map((path) =>
      warn(
        `${path} was changed after ${server.name} started, which may not know it`,
        restart(server),
      ),
    ),
  ];
  if (findings.length > 0) return findings;
  return [ok(`${server.name} knows ${counted(expected.nodes.length, 'node')}, and what to boot`)];
}

function judgeReservations(server: DhcpServer, nodes: readonly DhcpNode[]): Finding[] {
  const known = new Map(server.config.reservations.map((one) => [one.mac, one]));
  const again = `statelite setup, with its options as before; then ${restart(server)}`;
  return nodes.flatMap(({ node, mac, address }): Finding[] => {
    const found = known.get(mac);
    if (found === undefined) {
      return [fail(`${server.name} does not know their MAC addresses`, again, [node])];
    }
    if (address !== undefined && found.address !== undefined && found.address !== address) {
      const hint = `${node}: ${found.address}, hosts.ip is ${address}: ${again}`;
      return [fail(`${server.name} gives them another address than hosts.ip`, hint, [node])];
    }
    if (found.name !== undefined && found.name.split('.', 1).join() !== node.split('.', 1).join()) {
      const hint = `${node}: ${found.name}: ${again}`;
      return [fail(`${server.name} gives them another name, by which they boot`, hint, [node])];
    }
    return [];
  });
}

/** Only what dnsmasq is told is of a form that setup knows. */
function judgeBootFiles(server: DhcpServer, { scripts, missing }: Expected): Finding[] {
  const { bootFiles } = server.config;
  const again = `statelite setup, with its options as before; then ${restart(server)}`;
  if (bootFiles.length === 0) {
    return [fail(`${server.name} tells nodes no file to boot`, again)];
  }
  const files = missing.map((path) => {
    const hint = 'apt-get install ipxe pxelinux syslinux-common, then statelite setup';
    return fail(`${server.name} lets nodes boot ${path}, which is not there`, hint);
  });
  const named = bootFiles.filter((file) => file.endsWith(`/${bootScriptName}`));
  if (named.length === 0 || named.some((file) => scripts.includes(file))) return files;
  const message = `${server.name} sends iPXE to ${named.join(', ')}, and the nodes' server is ${scripts.join(', ')}`;
  return [...files, warn(message, again)];
}

function restart({ name, pid }: DhcpServer): string {
  return `restart it: systemctl restart ${name === 'kea-dhcp4' ? 'kea-dhcp4-server' : name} (pid ${pid})`;
}
