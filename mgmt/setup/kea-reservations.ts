import { StateliteError } from '../../agent/errors.ts';
import type { BootHost } from './boot-hosts.ts';
import { type NetbootTag, netbootTag, petitbootUrl } from './boot-programs.ts';
import { confFileOption, netbootClass } from './kea.ts';
import { marker } from './seal.ts';

/** The reservations of a network, a line for each node: an array that the configuration includes. */
export function renderKeaReservations(hosts: readonly BootHost[], url: string): string {
  const lines = hosts.map((host) => JSON.stringify(reservationOf(host, url)));
  return `// ${marker}\n[\n${lines.join(',\n')}\n]\n`;
}

/** What `renderKeaReservations` wrote to `path`. ERR_STATELITE_SETUP for a line that somebody has broken. */
export function parseKeaReservations(text: string, path: string): BootHost[] {
  return text.split('\n').flatMap((line, index) => {
    if (!line.startsWith('{')) return [];
    const value = parsed(line.replace(/,$/, ''), `${path}, line ${index + 1}`);
    if (typeof value !== 'object' || value === null) return [];
    const fields = new Map(Object.entries(value));
    const [mac, ip, node] = ['hw-address', 'ip-address', 'hostname'].map((key) => fields.get(key));
    if (typeof mac !== 'string' || typeof ip !== 'string' || typeof node !== 'string') return [];
    return [{ node, mac, ip, loader: loaderOfClasses(fields.get('client-classes'), node) }];
  });
}

function parsed(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_SETUP', `${where} is no JSON`, {
      cause,
      hint: 'correct it, or remove the file and run makedhcp -a',
    });
  }
}

function reservationOf({ node, mac, ip, loader }: BootHost, url: string) {
  return {
    'hw-address': mac,
    'ip-address': ip,
    hostname: node,
    ...(loader === 'xnba' ? {} : { 'client-classes': [netbootClass(loader)] }),
    ...(loader === 'petitboot'
      ? {
          'option-data': [
            { name: confFileOption.name, data: petitbootUrl(url, node), 'always-send': true },
          ],
        }
      : {}),
  };
}

function loaderOfClasses(classes: unknown, node: string): NetbootTag {
  const [first]: readonly unknown[] = Array.isArray(classes) ? classes : [];
  return netbootTag(typeof first === 'string' ? first.replace(/^netboot-/, '') : undefined, node);
}
