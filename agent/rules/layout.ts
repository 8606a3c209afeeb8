import type { Tree } from './litetree.ts';
import { components } from './path.ts';

/** Where everything is on a node, seen from the new root (semantics 3, 5.3). */
export const layout = {
  statelite: '/.statelite',
  tmpfs: '/.statelite/tmpfs',
  persistent: '/.statelite/persistent',
  /** Copies whose place below `tmpfs` is hidden by a link into a persistent parent. */
  volatile: '/.statelite/volatile',
  trees: '/.statelite/mnt',
  log: '/.statelite/statelite.log',
  report: '/.statelite/report.json',
  pristine: '/.default',
  /** Symlinks that stood at listed paths before liteimg (semantics 4.2). */
  links: '/.default.links',
  save: '/.statelite/litefile.save',
  localdisk: '/.sllocal/localmnt',
} as const;

/** Longest escaped directory name before it is cut and gets a hash (semantics 5.3). */
const longest = 200;

/** The mount point of a tree: one directory of its own per location. */
export function mountPointOf({ server, directory }: Pick<Tree, 'server' | 'directory'>): string {
  return `${layout.trees}/${escapeServer(server)}/${escapePath(directory)}`;
}

/** A directory of the image has no server; `-` cannot be a host name. */
function escapeServer(server: string | undefined): string {
  return server === undefined ? '-' : shorten(hideDot(escapeName(server, /[A-Za-z0-9:_.[\]-]/)));
}

/** Escapes a path as systemd-escape(1) --path does: `/srv/a-b` becomes `srv-a\x2db`. */
export function escapePath(path: string): string {
  const names = components(path);
  if (names.length === 0) return '-';
  return shorten(
    names
      .map((name) => escapeName(name, /[A-Za-z0-9:_.]/))
      .join('-')
      .replace(/^\./, '\\x2e'),
  );
}

function hideDot(escaped: string): string {
  return escaped.replace(/^\./, '\\x2e');
}

function escapeName(name: string, plain: RegExp): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return plain.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function shorten(escaped: string): string {
  if (escaped.length <= longest) return escaped;
  return `${escaped.slice(0, longest)}-${hash(escaped)}`;
}

/** FNV-1a, 64 bit: enough to tell two long names apart, and free of imports. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text))
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, '0');
}
