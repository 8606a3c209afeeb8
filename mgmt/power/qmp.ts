import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Access } from './access.ts';
import type { BootDevice, Control, Patience, PowerAction } from './control.ts';
import { pauseFor } from './pause.ts';
import { type Qmp, withQmp } from './qmp-client.ts';

/** Between off and on of `cycle`, in milliseconds. */
const pause = 1000;

/** The letters of QEMU's boot order (-boot). */
const letters: Readonly<Record<BootDevice, string>> = {
  net: 'n',
  hd: 'c',
  cd: 'd',
  default: 'cad',
};

/**
 * A plain QEMU, by the socket of its monitor. The process lives on, so that it can be switched on
 * again: a machine that is off is one that stands at its reset, stopped, or was shut down. QEMU wants
 * -no-shutdown for that; -S begins with the machine off. QEMU does not tell what it boots from.
 */
export function qmpControl(
  { socket }: Extract<Access, { readonly kind: 'qmp' }>,
  patience: Patience,
): Control {
  const use = async <T>(work: (qmp: Qmp) => Promise<T>) => withQmp(socket, patience, work);
  return {
    state: async () => use(stateOf),
    act: async (action) => use(async (qmp) => act(qmp, action, patience)),
    setBoot: async ({ device }) =>
      use(async (qmp) => {
        const args = { 'command-line': `boot_set ${letters[device]}` };
        const said = await qmp.command('human-monitor-command', args);
        if (typeof said !== 'string' || /error|no function|invalid/iu.test(said)) {
          throw refused(socket, `boot_set: ${plain(String(said).trim())}`);
        }
      }),
    boot: async () => {
      throw refused(socket, 'it does not tell its boot order');
    },
  };
}

async function act(qmp: Qmp, action: PowerAction, { signal }: Patience): Promise<void> {
  switch (action) {
    case 'on':
      await switchOn(qmp);
      return;
    case 'off':
      await switchOff(qmp);
      return;
    case 'softoff':
      if ((await stateOf(qmp)) === 'on') await qmp.command('system_powerdown');
      return;
    case 'reset':
      await qmp.command('system_reset');
      await qmp.command('cont');
      return;
    case 'cycle':
      await switchOff(qmp);
      await pauseFor(pause, signal, 'between off and on');
      await switchOn(qmp);
  }
}

async function switchOn(qmp: Qmp): Promise<void> {
  const status = await statusOf(qmp);
  if (status === 'running') return;
  // One that a guest shut down or that was stopped in its midst begins anew, like a real one.
  if (status !== 'prelaunch') await qmp.command('system_reset');
  await qmp.command('cont');
}

async function switchOff(qmp: Qmp): Promise<void> {
  if ((await stateOf(qmp)) === 'off') return;
  await qmp.command('stop');
  await qmp.command('system_reset');
}

async function stateOf(qmp: Qmp): Promise<'on' | 'off'> {
  return (await statusOf(qmp)) === 'running' ? 'on' : 'off';
}

async function statusOf(qmp: Qmp): Promise<string> {
  const said = await qmp.command('query-status');
  const status = typeof said === 'object' && said !== null && 'status' in said ? said.status : '';
  return typeof status === 'string' ? status : '';
}

function refused(socket: string, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', `QEMU at ${socket}: ${why}`);
}
