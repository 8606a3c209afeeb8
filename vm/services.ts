import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../agent/errors.ts';
import type { Inmate } from './inmate.ts';
import type { Lab } from './network.ts';

export interface ServiceSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It serves once it prints this line, or once this socket of the lab accepts. */
  readonly ready: { readonly line: RegExp } | { readonly socket: string };
  /** It has taken its new configuration after SIGHUP once it prints this. */
  readonly reloaded?: RegExp;
}

/** A server of the lab, and what a fault story does to it. */
export interface Service {
  readonly name: string;
  /** All it ever printed, over every restart. */
  readonly log: string;
  readonly pid: number;
  readonly isRunning: boolean;
  /** It keeps its connections and answers nothing, until `cont`. */
  stop(): void;
  cont(): void;
  /** It is gone without a word, and its port refuses. */
  kill(): Promise<void>;
  /** It reads its configuration again: at once, or when it continues. */
  reload(): Promise<void>;
  /** Killed if it runs, then started; resolves when it serves. */
  restart(): Promise<void>;
}

/** Real time, not the guests': servers run on the host. */
const readyWithin = 20_000;

/** Starts a server inside the lab and waits until it serves; it logs to `<logs>/<name>.log`. */
export async function startService(
  lab: Pick<Lab, 'spawn' | 'seenFromOutside'>,
  logs: string,
  spec: ServiceSpec,
): Promise<Service> {
  const { name, argv, env = {}, ready, reloaded } = spec;
  const log = join(logs, `${name}.log`);
  const start = async () => {
    const before = (await readLog(log)).length;
    const printed = async () => (await readLog(log)).slice(before);
    const started = await lab.spawn(argv, log, { env });
    const isReady = async () =>
      'line' in ready
        ? ready.line.test(await printed())
        : accepts(lab.seenFromOutside(ready.socket));
    await waitUntil(isReady, { name, inmate: started, printed });
    return started;
  };
  let inmate = await start();
  let isStopped = false;
  const kill = async () => {
    inmate.signal('SIGKILL');
    await inmate.ended;
  };
  return {
    name,
    log,
    get pid() {
      return inmate.pid;
    },
    get isRunning() {
      return inmate.isRunning;
    },
    stop() {
      inmate.signal('SIGSTOP');
      isStopped = true;
    },
    cont() {
      inmate.signal('SIGCONT');
      isStopped = false;
    },
    kill,
    async reload() {
      const before = (await readLog(log)).length;
      const printed = async () => (await readLog(log)).slice(before);
      inmate.signal('SIGHUP');
      if (reloaded === undefined || isStopped || !inmate.isRunning) return;
      await waitUntil(async () => reloaded.test(await printed()), { name, inmate, printed });
    },
    async restart() {
      await kill();
      inmate = await start();
      isStopped = false;
    },
  };
}

/** NFS v3 needs it; ganesha registers over the lab's own /run/rpcbind.sock. */
export function rpcbind(address: string): ServiceSpec {
  return {
    name: 'rpcbind',
    argv: ['rpcbind', '-f', '-w', '-h', address, '-h', '127.0.0.1'],
    ready: { socket: '/run/rpcbind.sock' },
  };
}

/** NFS v3 to v4.2 from user space: the lab's kernel has no server. */
export function ganesha(config: string): ServiceSpec {
  return {
    name: 'ganesha',
    argv: [
      ['ganesha.nfsd', '-F', '-f', config, '-p', '/run/ganesha/pid'],
      ['-L', 'STDERR', '-N', 'NIV_EVENT'],
    ].flat(),
    ready: { line: /NFS SERVER INITIALIZED/ },
    reloaded: /Reread exports complete/,
  };
}

/** DHCP, TFTP and router advertisements. */
export function dnsmasq(config: string): ServiceSpec {
  return {
    name: 'dnsmasq',
    argv: ['dnsmasq', '--keep-in-foreground', '--log-facility=-', `--conf-file=${config}`],
    ready: { line: /dnsmasq.*: started, version/ },
  };
}

interface Awaiting {
  readonly name: string;
  readonly inmate: Inmate;
  readonly printed: () => Promise<string>;
}

async function waitUntil(
  isDone: () => Promise<boolean>,
  { name, inmate, printed }: Awaiting,
): Promise<void> {
  const deadline = Date.now() + readyWithin;
  while (!(await isDone())) {
    if (inmate.isRunning && Date.now() < deadline) await sleep(5);
    else {
      const state = inmate.isRunning ? `is not ready after ${readyWithin / 1000} s` : 'ended';
      throw new StateliteError('ERR_STATELITE_VM', `${name} ${state}:\n${await printed()}`);
    }
  }
}

async function accepts(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ECONNREFUSED')) return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

async function readLog(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
