import type { Cluster } from '../core/cluster.ts';
import { marker } from './seal.ts';
import { bounds, type UnitInput, unitWords } from './units.ts';

export const consoleUnitName = 'statelite-consoles.service';

/** Whether a row says where consoles are: nodehm.cons, else nodehm.mgt. */
export function hasConsoles({ rows }: Pick<Cluster, 'rows'>): boolean {
  return rows.nodehm.some(({ cons, mgt }) => (cons ?? mgt) !== null);
}

/**
 * The unit of the console server, `statelite rcons all --serve`. A console may be the socket of a
 * QEMU that runs as another user, wherever that is: files of others are open to it, and /tmp is that
 * of the machine. ipmitool and virsh run within its bounds.
 */
export function renderConsoleUnit(input: UnitInput): string {
  const { argv, etc, writable } = unitWords(input, ['rcons', 'all', '--serve']);
  const paths = [...new Set(writable)].join(' ');
  return `# ${marker}
[Unit]
Description=statelite: keeps and records the consoles of nodes
Wants=network-online.target
After=network-online.target postgresql.service
RequiresMountsFor=${etc} ${paths}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${argv}
# Nodes that came or went.
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
# A reload in its first moments ends it, and systemd takes that for an end that was wanted.
RestartForceExitStatus=SIGHUP
RestartSec=10
TimeoutStopSec=20
KillMode=mixed
# A socket for each console, or some three processes.
LimitNOFILE=16384
TasksMax=infinity
UMask=0077

CapabilityBoundingSet=CAP_DAC_OVERRIDE
ReadWritePaths=${paths}
${bounds}

[Install]
WantedBy=multi-user.target
`;
}
