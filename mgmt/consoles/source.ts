import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { hasCode } from '../../agent/errors.ts';
import { environmentWith } from '../config.ts';
import type { ConsoleAccess } from '../power/access.ts';
import { ipmiEnvironment } from '../power/ipmi.ts';

/** Who listens to a console. */
export interface Listener {
  readonly opened: () => void;
  readonly data: (bytes: Buffer) => void;
  /** Once, with the reason; nothing comes after it. */
  readonly ended: (why: string) => void;
}

/** An open console of a node. */
export interface Source {
  readonly write: (bytes: Uint8Array) => void;
  readonly close: () => void;
}

/** Opens the console of a node; what goes wrong is told to the listener, never thrown. */
export function openSource(access: ConsoleAccess, listener: Listener): Source {
  if (access.kind === 'socket') return openSocket(access.socket, listener);
  return openProgram(access, listener);
}

function openSocket(path: string, { opened, data, ended }: Listener): Source {
  const socket = connect(path);
  let why = 'QEMU closed it';
  socket.on('connect', opened).on('data', data);
  socket.on('error', (error) => {
    why = hasCode(error, 'ENOENT', 'ECONNREFUSED') ? `nothing listens at ${path}` : error.message;
  });
  socket.on('close', () => ended(why));
  return {
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    close: () => void socket.destroy(),
  };
}

/**
 * Text for the shell of script(1), which takes no argument list; what varies comes from the
 * environment, where nothing of it is read as shell.
 */
const shellTexts = {
  // A session that a killed one left would keep everybody out for minutes.
  ipmi: `set -- -I lanplus -H "$CONSOLE_BMC" \${CONSOLE_USER:+-U "$CONSOLE_USER"} \${IPMI_PASSWORD+-E}
ipmitool "$@" sol deactivate >/dev/null 2>&1 </dev/null
exec ipmitool "$@" sol activate`,
  libvirt: 'exec virsh -q -c "$CONSOLE_URI" console --force "$CONSOLE_DOMAIN"',
} as const;

/** Whoever is killed must not leave a session behind that keeps others out. */
const untilWeEnd = ['--pdeathsig', 'TERM', '--'];

const asTerminal = ['-q', '-e', '-c'];

/** ipmitool and virsh want a terminal: script(1) gives them one. */
function openProgram(
  access: Exclude<ConsoleAccess, { readonly kind: 'socket' }>,
  { opened, data, ended }: Listener,
): Source {
  const child = spawn(
    'setpriv',
    [...untilWeEnd, 'script', ...asTerminal, shellTexts[access.kind], '/dev/null'],
    {
      env: environmentWith({ SHELL: '/bin/sh', TERM: 'dumb', ...environmentOf(access) }),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // a process group of its own, to be ended as a whole
    },
  );
  let complaint = '';
  child.on('spawn', opened);
  child.on('error', (error) => {
    complaint = error.message;
    ended(complaint);
  });
  child.stdin.on('error', () => {}); // its end says more
  child.stdout.on('data', data);
  child.stderr.on('data', (bytes: Buffer) => (complaint = bytes.toString().slice(-200)));
  child.on('close', (status, signal) => {
    if (child.pid === undefined) return; // told by `error`
    ended(signal === null ? `the program ended with status ${status} ${complaint}`.trim() : signal);
  });
  return {
    write: (bytes) => void (child.stdin.writable && child.stdin.write(bytes)),
    close: () => endGroup(child.pid),
  };
}

function environmentOf(access: Exclude<ConsoleAccess, { readonly kind: 'socket' }>) {
  if (access.kind === 'libvirt') {
    return { CONSOLE_URI: access.uri, CONSOLE_DOMAIN: access.domain };
  }
  const { bmc, username = '' } = access;
  return { CONSOLE_BMC: bmc, CONSOLE_USER: username, ...ipmiEnvironment(access) };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    // script(1) hangs up the terminal when it ends, which ends what runs there.
    process.kill(-pid, 'SIGTERM');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
