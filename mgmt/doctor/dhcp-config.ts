/** An address that a DHCP server keeps for a machine. */
export interface Reservation {
  /** Lower case, with colons. */
  readonly mac: string;
  readonly address: string | undefined;
  readonly name: string | undefined;
}

/** What the configuration of a DHCP server says for booting. */
export interface DhcpConfig {
  readonly reservations: readonly Reservation[];
  /** File names and URLs that machines are told to boot. */
  readonly bootFiles: readonly string[];
}

const macPattern = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/iu;

/** dnsmasq(8): `dhcp-host=` and `dhcp-boot=` lines. */
export function parseDnsmasq(text: string): DhcpConfig {
  const lines = text.split('\n').map((line) => line.replace(/#.*$/u, '').trim());
  const values = (key: string) =>
    lines.flatMap((line) => {
      const match = /^([a-z-]+)\s*=\s*(.*)$/u.exec(line);
      return match?.[1] === key ? [(match[2] ?? '').split(',').map((word) => word.trim())] : [];
    });
  return {
    reservations: values('dhcp-host').flatMap((words) => {
      const macs = words.filter((word) => macPattern.test(word));
      const address = words.find((word) => /^[\d.]+$/u.test(word) && word.includes('.'));
      const name = words.find((word) => /^[a-z][\w.-]*$/iu.test(word) && word !== 'ignore');
      return macs.map((mac) => ({ mac: mac.toLowerCase(), address, name }));
    }),
    bootFiles: values('dhcp-boot').flatMap((words) => {
      const file = words.find((word) => !/^(?:tag|net):/u.test(word));
      return file === undefined ? [] : [file];
    }),
  };
}

/** A file of dnsmasq's `dhcp-hostsfile=`: lines of `dhcp-host=` without that word. */
export function parseDnsmasqHosts(text: string): DhcpConfig {
  return parseDnsmasq(text.replaceAll(/^(?=[^#\s])/gmu, 'dhcp-host='));
}

/** ISC dhcpd: `host` declarations of dhcpd.conf(5), and of leases where omapi(3) has put them. */
export function parseIsc(text: string): DhcpConfig {
  const plain = text.replaceAll(/^\s*#.*$/gmu, '');
  const hosts = plain.matchAll(/\bhost\s+(\S+)\s*\{([^}]*)\}/gu);
  const byName = new Map([...hosts].map(([, name = '', body = '']) => [name, body]));
  const files = [...plain.matchAll(/\bfilename\s+"([^"]+)"/gu)].map(([, file = '']) => file);
  return {
    reservations: [...byName].flatMap(([name, body]) => {
      const mac = /hardware\s+ethernet\s+([0-9a-f:]+)/iu.exec(body)?.[1]?.toLowerCase();
      // A declaration that was taken back stays in the leases.
      if (mac === undefined || /^\s*deleted;/mu.test(body)) return [];
      const address = /fixed-address\s+([\d.]+)/u.exec(body)?.[1];
      const given = /host-name\s*=?\s*"([^"]+)"/u.exec(body)?.[1];
      return [{ mac: padded(mac), address, name: given ?? name }];
    }),
    bootFiles: [...new Set(files)],
  };
}

/** Kea's dhcp4 in JSON with comments, wherever reservations stand in it. */
export function parseKea(text: string): DhcpConfig {
  const json = text
    .replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|#[^\n]*|\/\*.*?\*\//gsu, (part) =>
      part.startsWith('"') ? part : '',
    )
    .replaceAll(/,(?=\s*[\]}])/gu, '');
  const reservations: Reservation[] = [];
  const bootFiles: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const fields = new Map(Object.entries(value));
    const word = (key: string) => textOf(fields.get(key));
    const mac = word('hw-address');
    const file = word('boot-file-name');
    if (mac !== undefined) {
      const [address, name] = [word('ip-address'), word('hostname')];
      reservations.push({ mac: mac.toLowerCase(), address, name });
    }
    if (file !== undefined && file !== '') bootFiles.push(file);
    for (const inner of fields.values()) walk(inner);
  };
  walk(JSON.parse(json));
  return { reservations, bootFiles };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** dhcpd writes 52:54:0:1:2:3. */
function padded(mac: string): string {
  return mac
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
    .join(':');
}
