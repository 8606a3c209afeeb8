import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import {
  type DhcpConfig,
  parseDnsmasq,
  parseDnsmasqHosts,
  parseIsc,
  parseKea,
} from './dhcp-config.ts';
import { marker } from '../setup/seal.ts';
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
  /** Directories and files of nodes that its user may not read. */
  readonly hidden: readonly string[];
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
      const hosts = await dnsmasqHostFiles(machine, files);
      const config = merged([
        await parseAll(machine, files, parseDnsmasq),
        await parseAll(machine, hosts, parseDnsmasqHosts),
      ]);
      const hidden = (await staysRoot(machine, files)) ? [] : await hiddenFrom(machine, hosts);
      return { name, pid, files, changed, hidden, config };
    }
    case 'kea-dhcp4': {
      const files = [optionOf(argv, '-c') ?? '/etc/kea/kea-dhcp4.conf'];
      const changed = await changedSince(machine, await notOurs(machine, files), started);
      const included = async (path: string) => withIncludes(machine, path);
      const config = await parseAll(machine, files, parseKea, included);
      return { name, pid, files, changed, hidden: [], config };
    }
    default: {
      const conf = optionOf(argv, '-cf') ?? '/etc/dhcp/dhcpd.conf';
      const leases = ['/var/lib/dhcpd/dhcpd.leases', '/var/lib/dhcp/dhcpd.leases'];
      const changed = await changedSince(machine, [conf], started);
      const config = await parseAll(machine, [conf, ...leases], parseIsc);
      return { name: 'dhcpd', pid, files: [conf], changed, hidden: [], config };
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

/** dnsmasq reads them as another user, who needs every directory on the way. */
async function hiddenFrom({ root }: Machine, paths: readonly string[]): Promise<string[]> {
  const hidden = new Set<string>();
  for (const path of paths) {
    for (let at = path; at !== '/' && at !== '.'; at = dirname(at)) {
      const mode = await modeOf(join(root, at));
      const needed = at === path ? 0o4 : 0o1;
      if (mode !== undefined && (mode & needed) === 0) hidden.add(at);
    }
  }
  return [...hidden];
}

async function staysRoot(machine: Machine, files: readonly string[]): Promise<boolean> {
  const texts = await Promise.all(files.map(async (path) => readText(machine, path)));
  return texts.some((text) => /^user=root\s*$/mu.test(text ?? ''));
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** What is read again on SIGHUP: `dhcp-hostsfile=` may be a directory, `dhcp-hostsdir=` is one. */
async function dnsmasqHostFiles(machine: Machine, files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map((path) => readText(machine, path)));
  const named = [...texts.join('\n').matchAll(/^dhcp-hosts(?:file|dir)=([^,\n]+)/gmu)];
  const paths = named.map(([, path = '']) => path.trim());
  const inside = await Promise.all(paths.map(async (path) => filesIn(machine, path)));
  return paths.flatMap((path, index) => {
    const names = inside[index] ?? [];
    return names.length > 0 ? names : [path];
  });
}

/** Kea includes files wherever `<?include "..."?>` stands; those may include others. */
async function withIncludes(
  machine: Machine,
  path: string,
  depth = 5,
): Promise<string | undefined> {
  const text = await readText(machine, path);
  if (text === undefined || depth === 0) return text;
  const parts = text.split(/<\?include\s+"([^"]+)"\s*\?>/u);
  const read = parts.map(async (part, index) =>
    index % 2 === 0 ? part : ((await withIncludes(machine, part, depth - 1)) ?? 'null'),
  );
  return (await Promise.all(read)).join('');
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
  read = async (path: string) => readText(machine, path),
): Promise<DhcpConfig> {
  const texts = await Promise.all(files.map(read));
  return merged(texts.flatMap((text) => (text === undefined ? [] : parse(text))));
}

function merged(configs: readonly DhcpConfig[]): DhcpConfig {
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

/** makedhcp writes ours, and tells Kea to read them again. */
async function notOurs(machine: Machine, files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map(async (path) => readText(machine, path)));
  return files.filter((_, index) => !(texts[index]?.includes(marker) ?? false));
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
