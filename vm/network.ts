import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../agent/errors.ts';
import { exec, type ExecOptions } from './exec.ts';
import { childOf, startInmate, type Inmate } from './inmate.ts';

export interface EnterOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
}

/**
 * One private mount, network and process namespace: a bridge with the server's address, a tap
 * per node, a /run of its own. Nothing in it can reach the host's network, and everything in it
 * ends with its holder, which ends with this process (unless the lab is to outlive it).
 */
export interface Lab extends AsyncDisposable {
  /** The process that keeps the lab alive: SIGKILL to it ends everything inside. */
  readonly holder: number;
  /** The management node's address on the bridge `br0`. */
  readonly address: string;
  /** Runs a program inside to its end and returns its output. The working directory is kept. */
  enter(argv: readonly string[], options?: EnterOptions & ExecOptions): Promise<string>;
  /** Starts a program inside that stays; what it prints is appended to `log`. */
  spawn(argv: readonly string[], log: string, options?: EnterOptions): Promise<Inmate>;
  /** Where the lab's own `path` is for a program outside, e.g. a socket in its /run. */
  seenFromOutside(path: string): string;
  /** A new tap on the bridge, for one machine. */
  addTap(): Promise<string>;
  /** Packets to and from `address` (only its TCP `port`, if given) vanish from now on. */
  drop(address: string, port?: number): Promise<void>;
  undrop(address: string, port?: number): Promise<void>;
}

const serverAddress = '10.77.0.1';

/** A lab; with `outlives`, ending this process or disposing of the lab leaves it running. */
export async function startLab({ outlives = false } = {}): Promise<Lab> {
  // cat ends at the end of its input, which is when this process dies, however it dies.
  const keeper = outlives ? ['sleep', 'infinity'] : ['cat'];
  const unshare = ['-mnpf', '--kill-child', '--mount-proc', '--propagation', 'private'];
  const wrapper = spawn('unshare', [...unshare, ...keeper], {
    stdio: [outlives ? 'ignore' : 'pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(wrapper, 'exit');
  const holder = await holderOf(wrapper.pid, keeper[0]);
  if (outlives) wrapper.unref();
  const inmates: Inmate[] = [];
  let taps = 0;

  const lab: Lab = {
    holder,
    address: serverAddress,
    enter: (argv, { cwd, env, ...options } = {}) =>
      exec(enterArgv(holder, argv, { ...(cwd && { cwd }), ...(env && { env }) }), {
        named: argv,
        ...options,
      }),
    async spawn(argv, log, options = {}) {
      const wrapped = enterArgv(holder, argv, options);
      const inmate = await startInmate(outlives ? wrapped : [...diesWithUs, ...wrapped], log);
      if (outlives) inmate.release();
      inmates.push(inmate);
      return inmate;
    },
    seenFromOutside: (path) => `/proc/${holder}/root${path}`,
    async addTap() {
      const tap = `tap${taps++}`;
      await lab.enter(['ip', '-batch', '-'], { input: tapCommands(tap) });
      return tap;
    },
    async drop(address, port) {
      await lab.enter(['nft', `add element inet lab ${droppedElement(address, port)}`]);
    },
    async undrop(address, port) {
      await lab.enter(['nft', `delete element inet lab ${droppedElement(address, port)}`]);
    },
    async [Symbol.asyncDispose]() {
      if (outlives) return;
      for (const inmate of inmates) inmate.signal('SIGKILL'); // lets a stopped one be reaped
      process.kill(holder, 'SIGKILL');
      await Promise.all([ended, ...inmates.map((inmate) => inmate.ended)]);
    },
  };
  try {
    await furnish(lab);
    return lab;
  } catch (error) {
    process.kill(holder, 'SIGKILL');
    throw error;
  }
}

/** The wrapper in front of each program, so that a stopped one cannot outlive this process. */
const diesWithUs = ['setpriv', '--pdeathsig', 'KILL'];

/** How a program is started inside the holder's namespaces; nsenter -m alone would lose the cwd. */
export function enterArgv(
  holder: number,
  argv: readonly string[],
  { cwd = process.cwd(), env = {} }: EnterOptions = {},
): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ['nsenter', '-t', `${holder}`, '-m', '-n', '-p', 'env', '-C', cwd, ...variables, ...argv];
}

/** An element of the sets below, as nft(8) takes it. */
export function droppedElement(address: string, port?: number): string {
  return port === undefined ? `dropped { ${address} }` : `dropped_ports { ${address} . ${port} }`;
}

/** unshare(1) has mounted /proc and become the keeper once the keeper's name shows. */
async function holderOf(wrapper: number | undefined, keeper: string | undefined): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const pid = childOf(wrapper);
    if (pid !== undefined && (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === keeper) {
      return pid;
    }
    await sleep(5);
  }
  throw new StateliteError('ERR_STATELITE_VM', 'cannot make a private namespace', {
    hint: 'unshare -mnpf has to work: the lab needs root',
  });
}

async function furnish(lab: Lab): Promise<void> {
  await lab.enter(['mount', '-t', 'tmpfs', 'tmpfs', '/run']);
  await mkdir(lab.seenFromOutside('/run/rpcbind'));
  await mkdir(lab.seenFromOutside('/run/ganesha/recov'), { recursive: true });
  await lab.enter(['ip', '-batch', '-'], { input: bridgeCommands });
  await lab.enter(['nft', '-f', '-'], { input: dropRules });
}

/** The IPv6 address is for router advertisements: without any, iPXE waits 13 s for one. */
const bridgeCommands = `
link set lo up
link add br0 type bridge
addr add ${serverAddress}/24 dev br0
addr add fd77::1/64 dev br0 nodad
link set br0 up
`;

const tapCommands = (tap: string) => `
tuntap add dev ${tap} mode tap
link set ${tap} master br0
link set ${tap} up
`;

const dropRules = `
table inet lab {
  set dropped { type ipv4_addr; }
  set dropped_ports { type ipv4_addr . inet_service; }
  chain in {
    type filter hook input priority 0;
    ip daddr @dropped drop
    ip saddr @dropped drop
    ip daddr . tcp dport @dropped_ports drop
  }
  chain out {
    type filter hook output priority 0;
    ip daddr @dropped drop
    ip saddr @dropped drop
    ip saddr . tcp sport @dropped_ports drop
  }
}
`;
