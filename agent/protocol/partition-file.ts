import { StateliteError } from '../errors.ts';
import { type Part, parseParts } from './partition-parts.ts';

export type Fstype = 'ext4' | 'ext3' | 'ext2' | 'xfs';
export type TableKind = 'msdos' | 'gpt';

/** A [disk] section: how one disk is divided. */
export interface DiskWish {
  /** As written: /dev/sda, /dev/disk/by-id/…. */
  readonly dev: string;
  readonly clear: boolean;
  readonly ptype: TableKind;
  readonly parts: readonly Part[];
  /** Undefined: ext4. */
  readonly fstype: Fstype | undefined;
}

/** What a partitionfile of the format kind asks for (reference: xcat-node.md 4.2). */
export interface PartitionWishes {
  readonly enable: boolean;
  /** Whether the disks are divided; without it what is there is only used. */
  readonly enablepart: boolean;
  readonly disks: readonly DiskWish[];
  readonly localspace: { readonly dev: string; readonly fstype: Fstype | undefined } | undefined;
  readonly swaps: readonly string[];
}

interface Section {
  readonly name: string;
  readonly line: number;
  readonly values: Map<string, string>;
}

const keysOf: Readonly<Record<string, readonly string[]>> = {
  '': ['enable', 'enablepart'],
  disk: ['dev', 'clear', 'ptype', 'parts', 'fstype'],
  localspace: ['dev', 'fstype'],
  swapspace: ['dev'],
};

/** No machine has more disks than that, and a partitionfile is at most 64 KiB. */
const mostSections = 256;

/**
 * Reads a partitionfile. Only `yes` is yes: any other value of `clear` keeps the data (node
 * QUIRK-39). Of one that is not enabled, nothing behind the settings before the first section is
 * looked at. Throws ERR_STATELITE_STORE naming the line of `name` that is not understood.
 */
export function parsePartitionFile(text: string, name = 'partitionfile'): PartitionWishes {
  try {
    return wishesOf(text);
  } catch (error) {
    if (!(error instanceof Misunderstood)) throw error;
    throw new StateliteError('ERR_STATELITE_STORE', `${name}, line ${error.line}: ${error.what}`, {
      hint: 'linuximage.partitionfile of the image names the file',
    });
  }
}

class Misunderstood extends Error {
  override readonly name = 'Misunderstood';
  readonly line: number;
  readonly what: string;

  constructor(line: number, what: string) {
    super(what);
    this.line = line;
    this.what = what;
  }
}

function wishesOf(text: string): PartitionWishes {
  const [global] = sectionsOf(text.split(/^[ \t]*\[/mu, 1)[0] ?? '');
  const enable = global?.values.get('enable') === 'yes';
  const enablepart = global?.values.get('enablepart') === 'yes';
  if (!enable) return { enable, enablepart, disks: [], localspace: undefined, swaps: [] };
  const sections = sectionsOf(text);
  const named = (name: string) => sections.filter((section) => section.name === name);
  const disks = named('disk').map(diskOf);
  const [localspace, second] = named('localspace');
  if (second !== undefined) throw bad(second.line, 'there is a second [localspace]');
  for (const [index, { dev }] of disks.entries()) {
    const twice = disks.findIndex((other) => other.dev === dev);
    if (twice !== index) {
      throw bad(named('disk')[index]?.line ?? 1, `there is a second [disk] for ${dev}`);
    }
  }
  return {
    enable,
    enablepart,
    disks,
    localspace: localspace && { dev: deviceOf(localspace), fstype: fstypeOf(localspace) },
    swaps: [...new Set(named('swapspace').map(deviceOf))],
  };
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [{ name: '', line: 1, values: new Map() }];
  for (const [index, raw] of text.split(/\r?\n/u).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const number = index + 1;
    const header = /^\[\s*(\w+)\s*\]$/u.exec(line)?.[1];
    if (header !== undefined) {
      if (header === '' || !Object.hasOwn(keysOf, header))
        throw bad(number, `there is no section [${header}]`);
      if (sections.length > mostSections) throw bad(number, 'there are too many sections');
      sections.push({ name: header, line: number, values: new Map() });
      continue;
    }
    addValue(sections.at(-1), line, number);
  }
  return sections;
}

function addValue(section: Section | undefined, line: string, number: number): void {
  const [, key = '', value = ''] = /^(\w+)\s*=\s*(.*)$/u.exec(line) ?? [];
  if (section === undefined || keysOf[section.name]?.includes(key) !== true) {
    const where = section?.name === '' ? 'before the first section' : `in [${section?.name}]`;
    throw bad(number, `${JSON.stringify(line)} is not understood ${where}`);
  }
  if (section.values.has(key)) throw bad(number, `${key} is there twice`);
  section.values.set(key, value);
}

function diskOf(section: Section): DiskWish {
  const { line, values } = section;
  const ptype = values.get('ptype') || 'msdos';
  if (ptype !== 'msdos' && ptype !== 'gpt') {
    throw bad(line, `ptype=${ptype} is neither msdos nor gpt`);
  }
  const parts = parseParts(values.get('parts') ?? '');
  if (typeof parts === 'string') throw bad(line, parts);
  if (ptype === 'msdos' && parts.length > 4) {
    throw bad(line, `a table of the kind msdos has at most 4 partitions; write ptype=gpt`);
  }
  const dev = deviceOf(section);
  if (!dev.startsWith('/dev/')) {
    throw bad(line, `dev=${dev} of [disk] goes with the first division: write /dev/disk/by-id/…`);
  }
  return {
    dev,
    clear: values.get('clear') === 'yes',
    ptype,
    parts,
    fstype: fstypeOf(section),
  };
}

/** The agent opens the path as root: no way out of /dev, and nothing that a shell would read. */
function deviceOf({ name, line, values }: Section): string {
  const dev = values.get('dev') ?? '';
  const isPlain = /^\/dev\/[\w.:+@/-]{1,200}$/u.test(dev) && !/\/\.{0,2}(\/|$)/u.test(dev);
  if (isPlain || /^(UUID|LABEL)=[\w.:+@-]{1,100}$/u.test(dev)) return dev;
  throw bad(line, `dev=${dev} of [${name}] is no device: write /dev/sda, or /dev/disk/by-id/…`);
}

function fstypeOf({ line, values }: Section): Fstype | undefined {
  const fstype = values.get('fstype') || undefined;
  const known: readonly Fstype[] = ['ext4', 'ext3', 'ext2', 'xfs'];
  const found = known.find((one) => one === fstype);
  if (found !== undefined || fstype === undefined) return found;
  throw bad(line, `fstype=${fstype} is not known; there are ${known.join(', ')}`);
}

function bad(line: number, what: string): Misunderstood {
  return new Misunderstood(line, what);
}
