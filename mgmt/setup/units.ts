import { dirname } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
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

/**
 * The unit of `statelite serve`. Type=notify with ExecReload, not notify-reload: systemd before
 * 253, as Debian 12 has it, would take that for a program that tells nothing.
 */
export function renderUnit({ program, etc, state, database, tftpdir }: UnitInput): string {
  const writable = [state, tftpdir, ...(isPostgresUrl(database) ? [] : [dirname(database)])];
  const paths = [...new Set(writable.map(plain))].join(' ');
  const file = isPostgresUrl(database) ? [] : [`--database=${plain(database)}`];
  const argv = [plain(program), 'serve', `--etc=${plain(etc)}`, `--state=${plain(state)}`];
  return `# ${marker}
[Unit]
Description=statelite: answers the nodes that boot
Wants=network-online.target
After=network-online.target postgresql.service
RequiresMountsFor=${plain(etc)} ${paths}
# Nodes wait for it: it is started again for ever.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=${[...argv, ...file].join(' ')}
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
NoNewPrivileges=yes
CapabilityBoundingSet=${capabilities}
ProtectSystem=strict
ReadWritePaths=${paths}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
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
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
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
