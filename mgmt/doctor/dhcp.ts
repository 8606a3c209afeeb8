import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { stateOfNode } from '../bootfiles/state-of-node.ts';
import { exists } from '../image/genimage/exists.ts';
import { netbootTag, programs, programsFor } from '../setup/boot-programs.ts';
import { bootScriptName, bootUrl } from '../setup/boot-script.ts';
import { dhcpBackend, hasIscDhcp } from '../setup/dhcp-backend.ts';
import { mainFile } from '../setup/dhcp-files.ts';
import { networksIn } from '../setup/networks-in.ts';
import type { Check } from './check.ts';
import { type DhcpFacts, type DhcpServer, readDhcp } from './dhcp-server.ts';
import { counted, type Finding, fail, note, ok, warn } from './finding.ts';
import { formatOwner } from './port-owner.ts';
import { askedAddresses, type Boot, type Site } from './site.ts';

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
  /** How to start a server; undefined if that is for the site, which keeps ISC's. */
  readonly start: string | undefined;
}

/** Asks nobody: a DHCP request could give an address away. */
export const dhcp: Check<Site> = {
  group: 'DHCP',
  name: 'DHCP server',
  async look(site) {
    if (site.boots.length === 0) return [];
    const facts = await readDhcp(site);
    const { tftpdir, port } = site.cluster.site;
    // What a server that is elsewhere, and not told by us, lets nodes load is not known.
    const unseen = hasIscDhcp(site.cluster.site) ? [] : site.boots.flatMap(toldTo);
    const named =
      facts.servers.length > 0 ? facts.servers.flatMap(({ config }) => config.bootFiles) : unseen;
    const missing: string[] = [];
    for (const file of new Set(named)) {
      if (!isWanted(file, site)) continue;
      if (!(await exists(join(tftpdir, file)))) missing.push(file);
    }
    const urls = askedAddresses(site).map((host) => bootUrl(host, port('httpport')));
    return judgeDhcp(facts, {
      nodes: await servedNodes(site, facts),
      scripts: urls.map((url) => `${url}/${bootScriptName}`),
      missing: missing.map((file) => join(tftpdir, file)),
      start: startOf(site),
    });
  },
};

/**
 * The nodes that should find their addresses here. One without a boot file is another check's, and
 * need not be known: nodeset tells DHCP of it, and `nodeset offline` takes that back.
 */
async function servedNodes({ boots, cluster }: Site, { servers }: DhcpFacts): Promise<DhcpNode[]> {
  const others = networksIn(cluster).networks.filter(({ hasDhcp }) => !hasDhcp);
  const known = new Set(servers.flatMap(({ config }) => config.reservations.map(({ mac }) => mac)));
  const served: DhcpNode[] = [];
  for (const { node, plan } of boots) {
    const { mac, address } = plan;
    if (others.some(({ contains }) => address !== undefined && contains(address))) continue;
    if (!known.has(mac) && (await isOffline(node, cluster))) continue;
    served.push({ node, mac, address });
  }
  return served;
}

async function isOffline(node: string, cluster: Site['cluster']): Promise<boolean> {
  try {
    return (await stateOfNode(node, cluster)) === 'offline';
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_BOOTFILE')) return false;
    throw error;
  }
}

/** A program of ours that no node of the site is told is not missed; one that the site added is. */
function isWanted(file: string, { boots }: Pick<Site, 'boots'>): boolean {
  if (!/^[\w./+-]+$/u.test(file)) return false;
  const ours: readonly string[] = Object.values(programs);
  if (!ours.includes(file)) return true;
  return boots.some((boot) => toldTo(boot).includes(file));
}

/** What a node may be told to load, whatever firmware it has. */
function toldTo({ node, image, plan }: Boot): string[] {
  return programsFor(netbootTag(plan.loader, node), image.arch);
}

/** How the server that makedhcp writes for is started. */
function startOf({ cluster, settings }: Pick<Site, 'cluster' | 'settings'>): string | undefined {
  const { site } = cluster;
  if (hasIscDhcp(site)) return undefined;
  if (!['', 'auto', 'dnsmasq', 'kea'].includes(site.get('dhcpbackend')?.toLowerCase() ?? '')) {
    return 'start it; chtab key=dhcpbackend site.value=dnsmasq lets makedhcp write a configuration';
  }
  const file = mainFile({ site, output: join(settings.etc, 'generated') });
  const argv = dhcpBackend(site) === 'kea' ? `kea-dhcp4 -c ${file}` : `dnsmasq --conf-file=${file}`;
  return `${argv}, which statelite setup and makedhcp write`;
}

export function judgeDhcp({ servers, owner }: DhcpFacts, expected: Expected): Finding[] {
  const [server] = servers;
  if (server === undefined) {
    const files = missingFiles('nodes', expected);
    if (owner === undefined) {
      const message = 'no DHCP server runs on this machine: another one must know the nodes';
      const { start } = expected;
      if (start === undefined) return [note(message, tellIt('the nodes')), ...files];
      return [warn(message, start), ...files];
    }
    const message = `${formatOwner(owner)} has the DHCP port, and no configuration of it was found`;
    const hint = 'does it know the nodes, their boot files and their next-server?';
    return [note(message, hint), ...files];
  }
  if (owner === undefined) {
    const message = `${server.name} (pid ${server.pid}) runs, but does not listen on the DHCP port`;
    return [fail(message, `its log says why; then ${restart(server)}`)];
  }
  const findings = [
    ...server.hidden.map((path) =>
      fail(`${server.name} may not read ${path}, so it knows no nodes`, `chmod o+rX ${path}`),
    ),
    ...judgeReservations(server, expected),
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

function judgeReservations(server: DhcpServer, { nodes, start }: Expected): Finding[] {
  const known = new Map(server.config.reservations.map((one) => [one.mac, one]));
  const again = (node: string) => (start === undefined ? tellIt(node) : `makedhcp ${node}`);
  return nodes.flatMap(({ node, mac, address }): Finding[] => {
    const found = known.get(mac);
    if (found === undefined) {
      return [fail(`${server.name} does not know their MAC addresses`, again(node), [node])];
    }
    if (address !== undefined && found.address !== undefined && found.address !== address) {
      const hint = `${node}: ${found.address}, hosts.ip is ${address}: ${again(node)}`;
      return [fail(`${server.name} gives them another address than hosts.ip`, hint, [node])];
    }
    if (found.name !== undefined && found.name.split('.', 1).join() !== node.split('.', 1).join()) {
      const hint = `${node}: ${found.name}: ${again(node)}`;
      return [fail(`${server.name} gives them another name, by which they boot`, hint, [node])];
    }
    return [];
  });
}

/** The site keeps ISC's server, and makedhcp refuses. */
function tellIt(whom: string): string {
  return `site.dhcpbackend is isc: tell it of ${whom}, as xCAT's own makedhcp does`;
}

/** Only what dnsmasq is told is of a form that setup knows. */
function judgeBootFiles(server: DhcpServer, expected: Expected): Finding[] {
  const { scripts, start } = expected;
  const { bootFiles } = server.config;
  const tell = start === undefined ? tellIt('boot files') : 'makedhcp -n';
  const again = `${tell}; then ${restart(server)}`;
  if (bootFiles.length === 0) {
    return [fail(`${server.name} tells nodes no file to boot`, again)];
  }
  const files = missingFiles(`${server.name} lets nodes`, expected);
  const named = bootFiles.filter((file) => file.endsWith(`/${bootScriptName}`));
  if (named.length === 0 || named.some((file) => scripts.includes(file))) return files;
  const message = `${server.name} sends iPXE to ${named.join(', ')}, and the nodes' server is ${scripts.join(', ')}`;
  return [...files, warn(message, again)];
}

/** `who` says who names them. xCAT's configuration of dhcpd names some that few sites have. */
function missingFiles(who: string, { missing, start }: Expected): Finding[] {
  return missing.map((path) => {
    const message = `${who} boot ${path}, which is not there`;
    if (start === undefined) return note(message, 'no matter, unless a node has such firmware');
    const hint = path.includes('/grub2.')
      ? 'statelite setup, which names the packages if it cannot make it'
      : 'apt-get install ipxe pxelinux syslinux-common, then statelite setup';
    return fail(message, hint);
  });
}

function restart({ name, pid }: DhcpServer): string {
  return `restart it: systemctl restart ${name === 'kea-dhcp4' ? 'kea-dhcp4-server' : name} (pid ${pid})`;
}
