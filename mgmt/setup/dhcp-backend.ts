import { StateliteError } from '../../agent/errors.ts';
import type { Site } from '../core/site.ts';

export type DhcpBackend = 'dnsmasq' | 'kea';

/** site.dhcpbackend; blank and xCAT's `auto` are dnsmasq. ERR_STATELITE_SETUP for one we cannot write for. */
export function dhcpBackend(site: Pick<Site, 'get'>): DhcpBackend {
  const text = site.get('dhcpbackend')?.toLowerCase();
  if (text === 'kea') return 'kea';
  if (text === undefined || text === '' || text === 'auto' || text === 'dnsmasq') return 'dnsmasq';
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `site row key=dhcpbackend: there is no configuration for ${JSON.stringify(text)}`,
    { hint: 'chtab key=dhcpbackend site.value=dnsmasq, or kea' },
  );
}

/** Whether the site keeps ISC's DHCP server, as stock does: nodeset has nothing to tell it. */
export function hasIscDhcp(site: Pick<Site, 'get'>): boolean {
  return site.get('dhcpbackend')?.toLowerCase() === 'isc';
}

/** `dhcpBackend`, or undefined where DHCP and TFTP are the site's own: nothing is written for them. */
export function writtenBackend(site: Pick<Site, 'get'>): DhcpBackend | undefined {
  return hasIscDhcp(site) ? undefined : dhcpBackend(site);
}

/** site.dhcplease in seconds; undefined if it is not set. ERR_STATELITE_TABLE if it is no number. */
export function leaseTime(site: Pick<Site, 'get'>): number | undefined {
  const text = site.get('dhcplease');
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  // dnsmasq has two minutes as the shortest.
  if (/^\d+$/.test(text) && seconds >= 120 && seconds < 2 ** 31) return seconds;
  throw new StateliteError('ERR_STATELITE_TABLE', `site row key=dhcplease: ${text} is no time`, {
    hint: 'write seconds, at least 120: chtab key=dhcplease site.value=43200',
  });
}

/** Whether nodeset and noderm keep DHCP up to date: site.dhcpsetup (mgmt QUIRK-68: `offline` too). */
export function isDhcpKept(site: Pick<Site, 'get'>): boolean {
  return !['n', 'no', '0'].includes(site.get('dhcpsetup')?.toLowerCase() ?? '');
}
