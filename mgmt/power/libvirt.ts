import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Access } from './access.ts';
import { firstBootDevice, withBootDevice } from './boot-order.ts';
import { bootWords, type Control, type Patience, type PowerAction } from './control.ts';
import { pauseFor } from './pause.ts';
import { lastWords, type Program, programFailure, tryProgram } from './run-program.ts';

type Libvirt = Extract<Access, { readonly kind: 'libvirt' }>;

/** Between off and on of `cycle`, in milliseconds. */
const pause = 1000;

/**
 * A virtual machine of libvirt, by virsh(1). What it boots from is changed in its definition, so it
 * stays; a machine that runs keeps its order until it is off.
 */
export function libvirtControl({ uri, domain }: Libvirt, patience: Patience): Control {
  const ask = async (words: readonly string[], input?: string) => {
    const program: Program = {
      name: 'virsh',
      from: 'libvirt-clients',
      argv: ['-q', '-c', uri, ...words],
      ...(input !== undefined && { input }),
    };
    const ended = await tryProgram(program, patience);
    if (ended.ok) return ended.printed;
    throw programFailure(program, lastWords(ended), hintFor(ended.lines));
  };
  const word = async () => domainWord(await ask(['domstate', domain]));
  const state = async () => stateOf(await word());
  const definition = async () => ask(['dumpxml', '--inactive', '--security-info', domain]);
  const act = async (action: PowerAction): Promise<void> => {
    const now = await word();
    const isOn = stateOf(now) === 'on';
    switch (action) {
      case 'on':
        if (!isOn) await ask(['start', domain]);
        else if (now === 'paused') await ask(['resume', domain]);
        else if (now === 'pmsuspended') await ask(['dompmwakeup', domain]);
        return;
      case 'off':
        if (isOn) await ask(['destroy', domain]);
        return;
      case 'softoff':
        if (isOn) await ask(['shutdown', domain]);
        return;
      case 'cycle':
        if (isOn) await ask(['destroy', domain]);
        await pauseFor(pause, patience.signal, 'between off and on');
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

function hintFor(lines: readonly string[]): string | undefined {
  const said = lines.join('\n');
  if (/failed to connect to the hypervisor/u.test(said)) {
    return 'is libvirtd running there? hardware.libvirt says where it is, default qemu:///system';
  }
  if (/failed to get domain/u.test(said)) {
    return 'virsh list --all has the names there; hardware.domain names one, default the node';
  }
  return undefined;
}

/** What `virsh domstate` prints. Throws ERR_STATELITE_HARDWARE for what is no state of a domain. */
export function domainWord(text: string): string {
  const word = text.trim();
  if (onWords.has(word) || offWords.has(word)) return word;
  throw new StateliteError('ERR_STATELITE_HARDWARE', `virsh domstate printed ${plain(word)}`);
}

/** A machine that is paused or sleeps has power. */
const onWords = new Set(['running', 'idle', 'paused', 'in shutdown', 'pmsuspended', 'blocked']);

const offWords = new Set(['shut off', 'crashed']);

function stateOf(word: string): 'on' | 'off' {
  return onWords.has(word) ? 'on' : 'off';
}
