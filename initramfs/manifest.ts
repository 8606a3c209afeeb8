import { dirname, join } from 'node:path/posix';
import type { Content } from './cpio.ts';
import { type DiskProgram, renderStarter } from './disk-programs.ts';
import type { Firmware } from './firmware.ts';
import { plainFile } from './module-tables.ts';
import type { ShippedModule } from './modules.ts';
import type { SharedLibrary } from './shared-libraries.ts';

/** One thing in the initramfs, before anybody knows how large it is. */
export type ManifestEntry = { readonly path: string; readonly why: string } & (
  | { readonly kind: 'directory'; readonly mode: number }
  | {
      readonly kind: 'device';
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly mode: number; readonly content: Content }
);

/** What was found on the build host and in the image. */
export interface Parts {
  readonly kernel: string;
  readonly agent: string;
  readonly libraries: readonly SharedLibrary[];
  readonly busybox: string;
  /** The udhcpc script. */
  readonly udhcpc: string;
  readonly ca: Uint8Array | undefined;
  readonly modules: readonly { readonly module: ShippedModule; readonly content: Content }[];
  /** modules.dep and its kin, by file name. */
  readonly tables: Readonly<Record<string, string>>;
  readonly firmware: readonly Firmware[];
  /** For images with a partitionfile. */
  readonly disk: {
    readonly programs: readonly DiskProgram[];
    readonly mke2fsConf: string | undefined;
  };
}

/** Everything the initramfs holds and why, by path: a parent comes before what it holds. */
export function planManifest(parts: Parts): ManifestEntry[] {
  const modules = join('/lib/modules', parts.kernel);
  const entries: ManifestEntry[] = [
    file('/init', { file: parts.agent }, 'the boot agent', 0o755),
    ...parts.libraries.map(({ path, source }) =>
      file(path, { file: source }, 'shared libraries of the agent', 0o755),
    ),
    file('/bin/busybox', { file: parts.busybox }, 'udhcpc, and a shell for emergencies', 0o755),
    { path: '/bin/sh', why: 'links', kind: 'link', target: 'busybox' },
    file('/etc/statelite/udhcpc', { file: parts.udhcpc }, 'hands a DHCP lease to the agent', 0o755),
    file(
      '/etc/statelite/initramfs',
      text(`${parts.kernel}\n`),
      'tells the agent that it may delete this',
    ),
    file('/etc/hosts', text('127.0.0.1 localhost\n::1 localhost\n'), 'localhost'),
    ...(parts.ca === undefined
      ? []
      : [file('/etc/statelite/ca.pem', { data: parts.ca }, 'who signs the management node')]),
    // Node aborts if it is started without file descriptors 0-2 and without /dev/null.
    device('/dev/console', 0o600, 5, 1),
    device('/dev/null', 0o666, 1, 3),
    ...parts.modules.map(({ module, content }) =>
      file(join(modules, plainFile(module.file)), content, module.why),
    ),
    ...Object.entries(parts.tables).map(([name, lines]) =>
      file(join(modules, name), text(lines), 'which module is for which device'),
    ),
    ...parts.firmware.map(({ path, source }) =>
      file(path, { file: source }, 'firmware of these modules'),
    ),
    ...diskEntries(parts.disk),
  ];
  const empty = ['/proc', '/sys', '/dev', '/run', '/tmp', '/newroot', '/lib/modules'];
  return sorted([...directories(entries, empty), ...entries]);
}

/** Programs of one origin share their libraries. */
function diskEntries({ programs, mke2fsConf }: Parts['disk']): ManifestEntry[] {
  const why = 'programs for local disks';
  const files = new Map(
    programs.flatMap(({ directory, files: named }) =>
      Object.entries(named).map(([name, source]) => [join(directory, name), source] as const),
    ),
  );
  const starters = programs.flatMap((program) =>
    Object.entries(program.names).map(([name, given]) =>
      file(join('/sbin', name), text(renderStarter(program, given)), why, 0o755),
    ),
  );
  return [
    ...[...files].map(([path, source]) => file(path, { file: source }, why, 0o755)),
    ...starters,
    ...(mke2fsConf === undefined ? [] : [file('/etc/mke2fs.conf', { file: mke2fsConf }, why)]),
  ];
}

function file(path: string, content: Content, why: string, mode = 0o644): ManifestEntry {
  return { path, why, kind: 'file', mode, content };
}

function text(lines: string): Content {
  return { data: Buffer.from(lines) };
}

function device(path: string, mode: number, major: number, minor: number): ManifestEntry {
  return { path, why: 'devices until devtmpfs is mounted', kind: 'device', mode, major, minor };
}

/** The wanted directories, the parents of every entry, and theirs. */
function directories(
  entries: readonly ManifestEntry[],
  wanted: readonly string[],
): ManifestEntry[] {
  const paths = new Set<string>();
  const add = (path: string): void => {
    if (path === '/' || paths.has(path)) return;
    paths.add(path);
    add(dirname(path));
  };
  for (const path of wanted) add(path);
  for (const { path } of entries) add(dirname(path));
  return [...paths].map((path) => ({
    path,
    why: 'directories',
    kind: 'directory',
    mode: path === '/tmp' ? 0o1777 : 0o755,
  }));
}

/** By the bytes of the path, so that a parent precedes its children on every machine. */
function sorted(entries: readonly ManifestEntry[]): ManifestEntry[] {
  const ordered = entries.toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
  const twice = ordered.find(({ path }, index) => ordered[index + 1]?.path === path);
  if (twice !== undefined) throw new Error(`two things for ${twice.path} in the initramfs`);
  return ordered;
}
