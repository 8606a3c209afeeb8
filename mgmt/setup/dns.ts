import { isIP } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { splitList } from '../core/list.ts';
import type { Site } from '../core/site.ts';
import type { NamedHost } from './other-hosts.ts';
import { marker } from './seal.ts';

export interface DnsInput {
  /** The file of `renderNames`. */
  readonly names: string;
  readonly domains: readonly string[];
  /** Machines that are no nodes. */
  readonly others: readonly NamedHost[];
  /** Servers for all other names; without one they are refused. */
  readonly forwarders: readonly string[];
}

/** Whether `dnsOff` wrote it. */
export function isDnsOff(text: string): boolean {
  return /^port=0$/mu.test(text);
}

/** The part of dnsmasq's configuration that has it answer nobody's questions for names. */
export function dnsOff(): string {
  return `# ${marker}\n# No DNS: this server is for booting only. makedns turns it on.\nport=0\n`;
}

/** The part that has it answer for the nodes, both ways. */
export function renderDns({ names, domains, others, forwarders }: DnsInput): string {
  return `${[
    `# ${marker}`,
    '# makedns -d without nodes turns DNS off.',
    'port=53',
    '# Of the names in /etc/hosts only those that stand below.',
    'no-hosts',
    `addn-hosts=${names}`,
    ...domains.map((domain) => `local=/${domain}/`),
    ...others.map(
      (host) => `host-record=${[...host.names.map(unmistakable), host.address].join(',')}`,
    ),
    'domain-needed',
    'bogus-priv',
    '# Other names: site.forwarders.',
    'no-resolv',
    ...forwarders.map((address) => `server=${address}`),
  ].join('\n')}\n`;
}

/** Digits would be the time that others may keep the record. */
function unmistakable(name: string): string {
  return /^\d+$/u.test(name) ? `${name}.` : name;
}

/** Lines of hosts(5). */
export function renderNames(lines: readonly string[]): string {
  return `# ${marker}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** The lines of `renderNames`. */
export function parseNames(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** ERR_STATELITE_SETUP if the site has its names in a DNS that we do not write to. */
export function refuseOtherDns(site: Pick<Site, 'get'>): void {
  const handler = site.get('dnshandler');
  if (handler === undefined || handler === '' || handler === 'dnsmasq') return;
  throw externalDns(`site row key=dnshandler is ${JSON.stringify(handler)}`);
}

/** Says that an external DNS is not ours to change, and what can be done. */
export function externalDns(why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_SETUP', `${why}, and makedns writes for dnsmasq only`, {
    hint:
      'chtab key=dnshandler site.value=dnsmasq lets dnsmasq answer for the nodes; for another server take ' +
      'the lines of makehosts --file',
  });
}

/** site.forwarders: addresses, and words that are none. */
export function forwardersOf(site: Pick<Site, 'get'>): { addresses: string[]; others: string[] } {
  const words = splitList(site.get('forwarders') ?? null);
  return {
    addresses: words.filter((word) => isIP(word) !== 0),
    others: words.filter((word) => isIP(word) === 0),
  };
}
