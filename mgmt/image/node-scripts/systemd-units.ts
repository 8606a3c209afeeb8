import type { NodeFile } from './node-file.ts';
import { programPath } from './node-program.ts';

/**
 * Postscripts may use everything that a booted node has; logging in does not wait for them. A script
 * that failed (3) does not make a unit that failed: systemd would end the services that the others
 * started.
 */
const unit = `[Unit]
Description=Postscripts of this node, and its status
After=network.target nss-lookup.target remote-fs.target rsyslog.service statelite-ssh-keys.service
ConditionKernelCommandLine=XCAT
ConditionPathExists=/.statelite

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${programPath} start
SuccessExitStatus=3
TimeoutStartSec=infinity
TimeoutStopSec=10

[Install]
WantedBy=multi-user.target
`;

/** A unit of its own: that of the postscripts may have failed, or be restarted to run them again. */
const downUnit = `[Unit]
Description=Tells the management node that this node goes down
After=network.target nss-lookup.target remote-fs.target
ConditionKernelCommandLine=XCAT
ConditionPathExists=/.statelite

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=${programPath} stop
TimeoutStopSec=10

[Install]
WantedBy=multi-user.target
`;

/** Enabled as a vendor does it, so that /etc stays the administrator's, who can mask the unit. */
export function systemdFiles(directory: string): NodeFile[] {
  const written = { 'statelite-node.service': unit, 'statelite-down.service': downUnit };
  return Object.entries(written).flatMap(([name, content]): NodeFile[] => [
    { path: `${directory}/${name}`, content, mode: 0o644 },
    { path: `${directory}/multi-user.target.wants/${name}`, target: `../${name}` },
  ]);
}
