import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../agent/errors.ts';
import { openConsole, type Console } from './console.ts';
import type { Inmate } from './inmate.ts';
import type { Lab } from './network.ts';
import type { Patience } from './patience.ts';
import { qemuArgv, type MachineSpec } from './qemu.ts';
import { openQmp, type Qmp } from './qmp.ts';

/** A QEMU process: its console, its control socket, its end. */
export interface Machine {
  readonly name: string;
  /** QEMU's process id, as the host sees it. */
  readonly pid: number;
  readonly console: Console;
  readonly qmp: Qmp;
  readonly patience: Patience;
  readonly isRunning: boolean;
  /** Resolves when QEMU has ended, by power-off or by `kill`. */
  readonly ended: Promise<number | string>;
  /** The reset button: the guest is not asked. */
  powerCycle(): Promise<void>;
  /** The plug. */
  kill(): Promise<void>;
  /** Lets go of a machine that is to outlive this process; its console takes the next reader. */
  release(): void;
}

/** Starts QEMU inside the lab; the guest runs from here on, and no byte of its console is lost. */
export async function startMachine(
  lab: Lab,
  spec: MachineSpec,
  { logs, patience }: { logs: string; patience: Patience },
): Promise<Machine> {
  const { name, sockets } = spec;
  const log = join(logs, `${name}.qemu.log`);
  const inmate = await lab.spawn(qemuArgv(spec), log);
  const serial = await connectTo(sockets.console, inmate, log);
  const console = openConsole(serial, {
    name,
    log: join(logs, `${name}.console.log`),
    patience,
  });
  const control = await connectTo(sockets.qmp, inmate, log);
  const qmp = await openQmp(control);
  return {
    name,
    pid: inmate.pid,
    console,
    qmp,
    patience,
    ended: inmate.ended,
    get isRunning() {
      return inmate.isRunning;
    },
    async powerCycle() {
      const reset = qmp.event('RESET');
      await qmp.command('system_reset');
      await reset;
      console.mark();
    },
    async kill() {
      inmate.signal('SIGKILL');
      await inmate.ended;
    },
    release() {
      serial.destroy();
      control.destroy();
    },
  };
}

/** QEMU makes its sockets a moment after it starts. */
async function connectTo(path: string, inmate: Inmate, log: string): Promise<Socket> {
  while (inmate.isRunning) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ECONNREFUSED')) throw error;
      await sleep(5);
    }
  }
  throw new StateliteError('ERR_STATELITE_VM', `QEMU ended before its guest started; see ${log}`);
}
