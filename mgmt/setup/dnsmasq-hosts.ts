import type { BootHost } from './boot-hosts.ts';
import { type NetbootTag, netbootTag, petitbootUrl } from './boot-programs.ts';
import { marker } from './seal.ts';

/**
 * The file of `dhcp-hostsfile=`: a line for each node. The name is sent as DHCP's host name: the
 * node's name, and the name of its boot script.
 */
export function renderHostsFile(hosts: readonly BootHost[]): string {
  return `# ${marker}\n${hosts.map((host) => `${hostLine(host)}\n`).join('')}`;
}

/** What `renderHostsFile` wrote. */
export function parseHostsFile(text: string): BootHost[] {
  return text.split('\n').flatMap((line) => {
    const words = line.split(',');
    const tags = words.filter((word) => word.startsWith('set:')).map((word) => word.slice(4));
    const [mac = '', ip, node] = words.filter((word) => !word.startsWith('set:'));
    if (line.startsWith('#') || ip === undefined || node === undefined) return [];
    const name = node.replace(/\.$/u, '');
    return [{ node: name, mac, ip, loader: loaderTag(tags, name) }];
  });
}

/** The file of `dhcp-optsfile=`: where petitboot finds each node's configuration. */
export function renderOptionsFile(
  hosts: readonly BootHost[],
  urlOf: (host: BootHost) => string | undefined,
): string {
  const lines = hosts
    .filter(({ loader }) => loader === 'petitboot')
    .flatMap((host) => {
      const url = urlOf(host);
      return url === undefined
        ? []
        : [`tag:node-${host.node},209,"${petitbootUrl(url, host.node)}"\n`];
    });
  return `# ${marker}\n${lines.join('')}`;
}

function hostLine({ node, mac, ip, loader }: BootHost): string {
  const tags = loader === 'xnba' ? [] : [`set:${loader}`];
  // Its options are found by a tag of its own.
  if (loader === 'petitboot') tags.push(`set:node-${node}`);
  return [mac, ...tags, ip, unmistakable(node)].join(',');
}

/**
 * dnsmasq takes digits, also with a unit of time, for the lease time, and two words for others of its
 * own. With the dot of DNS' root it is a name, which it sends without.
 */
function unmistakable(name: string): string {
  return /^(?:\d+[wdhms]?|infinite|ignore)$/iu.test(name) ? `${name}.` : name;
}

function loaderTag([first]: readonly string[], node: string): NetbootTag {
  return netbootTag(first, node);
}
