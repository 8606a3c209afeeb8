import { dirname } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Settings } from '../config.ts';
import { isPostgresUrl } from '../db/postgres-url.ts';
import { marker } from './seal.ts';

export const unitName = 'statelite.service';

export interface UnitInput {
  /** The statelite program. */
  readonly program: string;
  readonly etc: string;
  readonly state: string;
  /** A path, or the URL of PostgreSQL, which may hold a password and is not written here. */
  readonly database: string;
  readonly tftpdir: string;
  /** The directory of generated files: clients set and remove nodes through the daemon. */
  readonly output: string;
  /** Settings that replace what the site says; undefined where they do not. */
  readonly overrides: {
    readonly installdir: string | undefined;
    readonly tftpdir: string | undefined;
  };
}

/**
 * What the daemon needs of root: ports below 1024; and to become nobody, and to end what nobody
 * began, for the commands of `#CMD=...#` (commands/run-command.ts). Files of others it cannot open.
 */
const capabilities = [
  'CAP_NET_BIND_SERVICE',
  'CAP_SETUID',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_KILL',
].join(' ');

/** What none of our services needs. Other processes must be seen: servers are told to read again. */
export const bounds = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM`;

/**
 * The unit of `statelite serve`. Type=notify with ExecReload, not notify-reload: systemd before
 * 253, as Debian 12 has it, would take that for a program that tells nothing.
 */
export function renderUnit(input: UnitInput): string {
  const { argv, etc, writable } = unitWords(input, ['serve']);
  const paths = [...new Set([...writable, ...[input.tftpdir, input.output].map(plain)])].join(' ');
  return `# ${marker}
[Unit]
Description=statelite: answers the nodes that boot
Wants=network-online.target
After=network-online.target postgresql.service
RequiresMountsFor=${etc} ${paths}
# Nodes wait for it: it is started again for ever.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=${argv}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
WatchdogSec=60
# It ends answers for 4 s, and then itself.
TimeoutStopSec=20
KillMode=mixed
# Twice the connections it takes: boot files are open with theirs.
LimitNOFILE=16384
TasksMax=512
UMask=0022

# It becomes nobody for the commands of #CMD=...#, which run within these bounds too.
CapabilityBoundingSet=${capabilities}
ReadWritePaths=${paths}
PrivateTmp=yes
${bounds}

[Install]
WantedBy=multi-user.target
`;
}

/** What units say of this machine's settings and its program. */
export function programSettings({
  etc,
  state,
  database,
  installdir,
  tftpdir,
}: Pick<Settings, 'etc' | 'state' | 'database' | 'installdir' | 'tftpdir'>): Pick<
  UnitInput,
  'program' | 'etc' | 'state' | 'database' | 'overrides'
> {
  return { program: process.execPath, etc, state, database, overrides: { installdir, tftpdir } };
}

/** `words` are the verb and what goes with it; `writable` is what every command writes to. */
export function unitWords(
  { program, etc, state, database, overrides }: UnitInput,
  words: readonly string[],
): { readonly argv: string; readonly etc: string; readonly writable: readonly string[] } {
  const isFile = !isPostgresUrl(database);
  const set = Object.entries({ etc, state, ...overrides, ...(isFile ? { database } : {}) });
  const options = set.flatMap(([name, path]) =>
    path === undefined ? [] : [`--${name}=${plain(path)}`],
  );
  return {
    argv: [plain(program), ...words, ...options].join(' '),
    etc: plain(etc),
    writable: [state, ...(isFile ? [dirname(database)] : [])].map(plain),
  };
}

/** In a unit blanks divide, and % $ \\ and quotes have a meaning. */
function plain(path: string): string {
  if (/^\/[\w./@:=+-]*$/.test(path)) return path;
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `a systemd unit cannot be told the path ${JSON.stringify(path)}`,
    { hint: 'choose an absolute path of letters, digits and . _ - / for it' },
  );
}
