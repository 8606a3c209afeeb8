import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { type DhcpConfig, parseDnsmasq, parseIsc, parseKea } from './dhcp-config.ts';
import { type Machine, readText } from './machine.ts';
import { portOwner, type PortOwner } from './port-owner.ts';
import { type Process, processesNamed } from './process-list.ts';

const dhcpPort = 67;

/** The DHCP server of this machine. */
export interface DhcpServer {
  readonly name: 'dnsmasq' | 'kea-dhcp4' | 'dhcpd';
  readonly pid: number;
  readonly files: readonly string[];
  readonly config: DhcpConfig;
  /** Files that were changed after it started, which it may not have read. */
  readonly changed: readonly string[];
}

export interface DhcpFacts {
  readonly servers: readonly DhcpServer[];
  /** Who has the DHCP port open. */
  readonly owner: PortOwner | undefined;
}

/** Finds the DHCP servers that run here, and reads their configurations. */
export async function readDhcp(machine: Machine): Promise<DhcpFacts> {
  const processes = await processesNamed(machine, ['dnsmasq', 'kea-dhcp4', 'dhcpd']);
  const servers = await Promise.all(processes.map((one) => readServer(machine, one)));
  const owner = await portOwner(machine, 'udp', dhcpPort);
  // A dnsmasq of a virtual machine's network is another one: it is not in the way here.
  return { servers: servers.filter(({ config }) => isForBooting(config)), owner };
}

function isForBooting({ reservations, bootFiles }: DhcpConfig): boolean {
  return reservations.length + bootFiles.length > 0;
}

async function readServer(machine: Machine, process: Process): Promise<DhcpServer> {
  const { name, pid, argv, started } = process;
  switch (name) {
    case 'dnsmasq': {
      const files = await dnsmasqFiles(machine, argv);
      const changed = await changedSince(machine, files, started);
      return { name, pid, files, changed, config: await parseAll(machine, files, parseDnsmasq) };
    }
    case 'kea-dhcp4': {
      const files = [optionOf(argv, '-c') ?? '/etc/kea/kea-dhcp4.conf'];
      const changed = await changedSince(machine, files, started);
      return { name, pid, files, changed, config: await parseAll(machine, files, parseKea) };
    }
    default: {
      const conf = optionOf(argv, '-cf') ?? '/etc/dhcp/dhcpd.conf';
      const leases = ['/var/lib/dhcpd/dhcpd.leases', '/var/lib/dhcp/dhcpd.leases'];
      const changed = await changedSince(machine, [conf], started);
      const config = await parseAll(machine, [conf, ...leases], parseIsc);
      return { name: 'dhcpd', pid, files: [conf], changed, config };
    }
  }
}

/** The file of its command line, else /etc/dnsmasq.conf and what is in conf-dir. */
async function dnsmasqFiles(machine: Machine, argv: readonly string[]): Promise<string[]> {
  const files = optionsOf(argv, '-C', '--conf-file');
  const first = files.length === 0 ? ['/etc/dnsmasq.conf'] : files;
  const texts = await Promise.all(first.map((path) => readText(machine, path)));
  const written = texts
    .join('\n')
    .split('\n')
    .map((line) => /^conf-dir=([^,]+)/u.exec(line.trim())?.[1]);
  const given = optionsOf(argv, '-7', '--conf-dir').map((value) => value.split(',', 1).join());
  const directories = [...written, ...given].filter((path) => path !== undefined);
  const inside = await Promise.all(directories.map((path) => filesIn(machine, path)));
  const more = /^conf-file=(.+)$/gmu;
  const named = [...texts.join('\n').matchAll(more)].map(([, path = '']) => path.trim());
  return [...first, ...named, ...inside.flat()];
}

async function filesIn({ root }: Machine, directory: string): Promise<string[]> {
  const names = await readdir(join(root, directory)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  return names.filter((name) => !/^[.#]|~$/u.test(name)).map((name) => join(directory, name));
}

async function parseAll(
  machine: Machine,
  files: readonly string[],
  parse: (text: string) => DhcpConfig,
): Promise<DhcpConfig> {
  const configs: DhcpConfig[] = [];
  for (const path of files) {
    const text = await readText(machine, path);
    if (text !== undefined) configs.push(parse(text));
  }
  return {
    reservations: configs.flatMap(({ reservations }) => reservations),
    bootFiles: [...new Set(configs.flatMap(({ bootFiles }) => bootFiles))],
  };
}

async function changedSince({ root }: Machine, files: readonly string[], moment: Date | undefined) {
  const changed: string[] = [];
  for (const path of files) {
    try {
      const { mtime } = await stat(join(root, path));
      // The start of a process is known to a second or so.
      if (moment !== undefined && mtime.getTime() > moment.getTime() + 2000) changed.push(path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  return changed;
}

function optionOf(argv: readonly string[], ...names: readonly string[]): string | undefined {
  return optionsOf(argv, ...names).at(-1);
}

/** `-C file`, `-Cfile`, `--conf-file=file`. */
function optionsOf(argv: readonly string[], ...names: readonly string[]): string[] {
  return argv.flatMap((word, index) =>
    names.flatMap((name) => {
      if (word === name) return argv[index + 1] ?? [];
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
      return /^-\w$/u.test(name) && word.startsWith(name) ? word.slice(2) : [];
    }),
  );
}
