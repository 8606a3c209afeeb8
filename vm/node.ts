import { StateliteError } from '../agent/errors.ts';
import type { SeesOptions } from './console.ts';
import type { Machine } from './machine.ts';
import { inTime, type Duration } from './patience.ts';
import { answerPattern, outputFrom, typedCommand } from './shell.ts';

interface Within {
  within?: Duration;
}

/** A node of the cluster, in the words of the stories. Every duration is meant for KVM. */
export interface Node {
  readonly name: string;
  readonly machine: Machine;
  /** The console shows `pattern` behind what was last seen (see `Console`). */
  sees(pattern: RegExp | string, options?: SeesOptions): Promise<RegExpExecArray>;
  /** Types into the console; `\n` is the Enter key. */
  type(text: string): Promise<void>;
  /** Logs in as root, who has no password; `run` does it by itself. 30 s unless told. */
  login(options?: Within): Promise<void>;
  /** Waits for a shell that needs no login (emergency, `shell=`); `run` goes there from then on. */
  atShell(prompt: RegExp | string, options?: Within): Promise<void>;
  /** Leaves that shell; the boot goes on. */
  leaveShell(): Promise<void>;
  /** Runs a line of shell as root and returns what it printed; fails if the line fails. */
  run(command: string, options?: Within): Promise<string>;
  /** Like `run`, for a line whose failing is the story. */
  tryRun(command: string, options?: Within): Promise<{ output: string; status: number }>;
  /** Reboots from inside and resolves when the firmware starts again. */
  reboot(options?: Within): Promise<void>;
  /** Powers off from inside and resolves when the machine is off. */
  powerOff(options?: Within): Promise<void>;
  powerCycle(): Promise<void>;
  kill(): Promise<void>;
}

/** Wraps a running machine; `atShell` tells that its console already is a root shell. */
export function nodeOn(machine: Machine, { atShell = false } = {}): Node {
  const { name, console, qmp, patience } = machine;
  /** A shell without an init behind it can only be left by force. */
  let shell: 'none' | 'login' | 'bare' = atShell ? 'bare' : 'none';
  let bootedAt = 0;
  let commands = 0;

  /** The next boot's login prompt is another one. */
  const startsOver = () => {
    bootedAt = console.mark();
    shell = 'none';
  };
  const answer = async (command: string, within: Duration) => {
    const id = ++commands;
    const start = console.transcript.length;
    await console.type(typedCommand(command, id));
    return outputFrom(await console.sees(answerPattern(id), { within, from: start }));
  };

  const node: Node = {
    name,
    machine,
    sees: (pattern, options) => console.sees(pattern, options),
    type: (text) => console.type(text),
    async login({ within = '30s' } = {}) {
      await console.sees(/login: ?/, { within, from: bootedAt });
      const from = console.transcript.length;
      await console.type('root\n');
      await console.sees('# ', { within, from });
      await console.type(quietLogin);
      await console.sees('@@quiet@@', { within, from });
      shell = 'login';
    },
    async atShell(prompt, options) {
      await console.sees(prompt, options);
      shell = 'bare';
    },
    async leaveShell() {
      shell = 'none';
      await console.type('exit\n');
    },
    async run(command, options) {
      const { output, status } = await node.tryRun(command, options);
      if (status === 0) return output;
      const message = `${name}: "${command}" exited with ${status}:\n${output}`;
      throw new StateliteError('ERR_STATELITE_VM', message);
    },
    async tryRun(command, { within = '10s' } = {}) {
      if (shell === 'none') await node.login();
      return answer(command, within);
    },
    async reboot({ within = '30s' } = {}) {
      if (shell === 'none') await node.login();
      const reset = qmp.event('RESET');
      await console.type(shell === 'bare' ? 'reboot -f\n' : 'reboot\n');
      await inTime(reset, patience(within), `${name}: the reboot`);
      startsOver();
    },
    async powerOff({ within = '30s' } = {}) {
      if (shell === 'none') await node.login();
      await console.type(shell === 'bare' ? 'poweroff -f\n' : 'poweroff\n');
      await inTime(machine.ended, patience(within), `${name}: the power-off`);
    },
    async powerCycle() {
      await machine.powerCycle();
      startsOver();
    },
    kill: () => machine.kill(),
  };
  return node;
}

/**
 * After the login: a plain shell without prompt or line editing, and nobody else on the line.
 * Signal 55 is SIGRTMIN+21, with which systemd stops printing its progress.
 */
const quietLogin = `exec env PS1= PS2= sh -c 'stty -echo; dmesg -n 1; kill -55 1; echo @@qu""iet@@; exec sh'\n`;
