import { StateliteError } from '../../agent/errors.ts';
import type { Export } from './exported.ts';
import { marker } from './seal.ts';

/**
 * exports(5) lines for the kernel's server, from ports that only root can use (`secure` is the
 * default). Both kinds need no_root_squash: the files of an image or a tree that only root may read
 * are read by the node's root, and what it writes to persistent directories belongs to root.
 * Nothing else is exported, so nothing is squashed.
 */
export function renderExports(exports: readonly Export[], clients: readonly string[]): string {
  const lines = exports.map(({ path, access }) => {
    const options = `(${access},sync,no_root_squash,no_subtree_check)`;
    return [escapeExport(path), ...clients.map((client) => client + options)].join(' ');
  });
  return `# ${marker}\n${lines.map((line) => `${line}\n`).join('')}`;
}

export interface GaneshaInput {
  readonly exports: readonly Export[];
  readonly clients: readonly string[];
  /** The addresses to serve on, one for each network; it can be told one, or all of the machine. */
  readonly servers: readonly string[];
  /** The directory where the server remembers its clients. */
  readonly recovery: string;
}

const everyAddress = '0.0.0.0';

/** The same exports for nfs-ganesha, under the same paths for NFSv3 and v4. */
export function renderGanesha({ exports, clients, servers, recovery }: GaneshaInput): string {
  const ids = hashedIds(exports.map(({ path }) => path));
  const [only = everyAddress, ...more] = new Set(servers);
  const blocks = exports.map(({ path, access }) =>
    [
      'EXPORT {',
      `  Export_Id = ${ids.get(path)};`,
      `  Path = ${quote(path)};`,
      `  Pseudo = ${quote(path)};`,
      '  Access_Type = NONE;',
      '  FSAL { Name = VFS; }',
      `  CLIENT { Clients = ${clients.join(', ')}; Access_Type = ${access.toUpperCase()}; }`,
      '}',
      '',
    ].join('\n'),
  );
  return `# ${marker}
NFS_CORE_PARAM {
  Protocols = 3, 4;
  Bind_addr = ${more.length === 0 ? only : everyAddress};
  NFS_Port = 2049;
  MNT_Port = 20048;
  NLM_Port = 32803;
  Enable_RQUOTA = false;
  # NFSv3 clients mount by the path that v4 clients use.
  mount_path_pseudo = true;
}
NFSV4 {
  # A restarted server serves at once. With false, nodes get the locks back that they held, and
  # wait for it: the first open after a start blocks for about 26 s.
  Graceless = true;
  Lease_Lifetime = 20;
  Grace_Period = 20;
  Only_Numeric_Owners = true;
  RecoveryBackend = fs;
  RecoveryRoot = ${quote(recovery)};
}
EXPORT_DEFAULTS {
  SecType = sys;
  Squash = No_Root_Squash;
  Protocols = 3, 4;
  Transports = TCP;
  # Trees are edited on the server, behind the back of its cache (60 s unless set).
  Attr_Expiration_Time = 2;
  # Programs of users cannot act as the node.
  PrivilegedPort = true;
}
MDCACHE {
  # No names are remembered. The server would not see that a name has become another directory, as
  # that of an image does when a new generation takes its place.
  Dir_Chunk = 0;
}
LOG { Default_Log_Level = EVENT; }

${blocks.join('')}`;
}

/**
 * Numbers for names: an export's id is part of every file handle a node holds, a subnet's of every
 * lease, so it follows from the name, and adding one changes no other. 1 to 65535.
 */
export function hashedIds(names: readonly string[]): Map<string, number> {
  const ids = new Map<string, number>();
  const used = new Set<number>();
  for (const name of names) {
    let id = hash(name);
    while (used.has(id)) id = (id % 65_535) + 1;
    used.add(id);
    ids.set(name, id);
  }
  return ids;
}

/** FNV-1a, folded into 1 to 65535. */
function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x0100_0193);
  return ((value >>> 0) % 65_535) + 1;
}

/** exports(5): blanks and what starts a comment or a quotation are written in octal. */
function escapeExport(path: string): string {
  return path.replaceAll(
    /[\s"#\\]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function quote(path: string): string {
  if (!/["\\\n]/.test(path)) return `"${path}"`;
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `nfs-ganesha cannot export ${JSON.stringify(path)}`,
    {
      hint: 'rename the directory: quotation marks and backslashes cannot be written there',
    },
  );
}
