import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Access } from './access.ts';
import { firstBootDevice, withBootDevice } from './boot-order.ts';
import { bootWords, type Control, type Patience, type PowerAction } from './control.ts';
import { runProgram } from './run-program.ts';

type Libvirt = Extract<Access, { readonly kind: 'libvirt' }>;

/** Between off and on of `cycle`, in milliseconds. */
const pause = 1000;

/**
 * A virtual machine of libvirt, by virsh(1). What it boots from is changed in its definition, so it
 * stays; a machine that runs keeps its order until it is off.
 */
export function libvirtControl({ uri, domain }: Libvirt, patience: Patience): Control {
  const ask = async (words: readonly string[], input?: string) =>
    runProgram(
      {
        name: 'virsh',
        from: 'libvirt-clients',
        argv: ['-q', '-c', uri, ...words],
        ...(input !== undefined && { input }),
      },
      patience,
    );
  const state = async () => domainState(await ask(['domstate', domain]));
  const definition = async () => ask(['dumpxml', '--inactive', '--security-info', domain]);
  const act = async (action: PowerAction): Promise<void> => {
    const now = await state();
    switch (action) {
      case 'on':
        if (now === 'off') await ask(['start', domain]);
        return;
      case 'off':
        if (now === 'on') await ask(['destroy', domain]);
        return;
      case 'softoff':
        if (now === 'on') await ask(['shutdown', domain]);
        return;
      case 'cycle':
        if (now === 'on') await ask(['destroy', domain]);
        await sleep(pause, undefined, { signal: patience.signal });
        await ask(['start', domain]);
        return;
      case 'reset':
        // `virsh reset` keeps the boot order the machine was started with.
        await ask(['destroy', domain]);
        await ask(['start', domain]);
    }
  };
  return {
    state,
    act,
    setBoot: async ({ device }) => {
      await ask(['define', '/dev/stdin'], withBootDevice(await definition(), device));
    },
    boot: async () => bootWords[firstBootDevice(await definition())],
  };
}

/** What `virsh domstate` prints; a machine that is paused has power. */
export function domainState(text: string): 'on' | 'off' {
  const word = text.trim();
  if (word === 'shut off' || word === 'crashed') return 'off';
  if (/^(?:running|idle|paused|in shutdown|pmsuspended|blocked)$/u.test(word)) return 'on';
  throw new StateliteError('ERR_STATELITE_HARDWARE', `virsh domstate printed ${plain(word)}`);
}
