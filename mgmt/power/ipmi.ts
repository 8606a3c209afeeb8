import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Access } from './access.ts';
import { type BootChoice, bootWords, type Control, type Patience } from './control.ts';
import { ipmiAsker } from './ipmi-asker.ts';

type Ipmi = Extract<Access, { readonly kind: 'ipmi' }>;

const actions = { on: 'on', off: 'off', softoff: 'soft', reset: 'reset', cycle: 'cycle' } as const;

const devices = { net: 'pxe', hd: 'disk', cd: 'cdrom', default: 'none' } as const;

/** A controller that is asked by ipmitool(1), over RMCP+. */
export function ipmiControl(access: Ipmi, patience: Patience): Control {
  const { ask } = ipmiAsker(access, patience);
  return {
    state: async () => powerState(access, await ask('chassis', 'power', 'status')),
    act: async (action) => void (await ask('chassis', 'power', actions[action])),
    setBoot: async (choice) => {
      await ask('chassis', 'bootdev', devices[choice.device], ...bootOptions(choice));
    },
    boot: async () => bootSelector(await ask('chassis', 'bootparam', 'get', '5')),
  };
}

/** What `chassis bootparam get 5` says, in stock's words. */
export function bootSelector(text: string): string {
  if (/Boot Flag Invalid/u.test(text)) return bootWords.default;
  const [, selector] = /Boot Device Selector\s*:\s*(.*?)\s*$/mu.exec(text) ?? [];
  if (selector === undefined) throw unexpected('bootparam get 5', text);
  if (/PXE/u.test(selector)) return bootWords.net;
  if (/CD\/DVD/u.test(selector)) return bootWords.cd;
  if (/Hard-Drive/u.test(selector)) return bootWords.hd;
  return /No override/u.test(selector) ? 'BIOS default' : plain(selector);
}

function bootOptions({ persistent, uefi }: BootChoice): string[] {
  const options = [persistent ? 'persistent' : '', uefi ? 'efiboot' : ''].filter(Boolean);
  return options.length === 0 ? [] : [`options=${options.join(',')}`];
}

function powerState({ bmc }: Ipmi, text: string): 'on' | 'off' {
  const [, state] = /Chassis Power is (on|off)\b/iu.exec(text) ?? [];
  if (state === undefined) throw unexpected(`power status of ${bmc}`, text);
  return state.toLowerCase() === 'on' ? 'on' : 'off';
}

function unexpected(what: string, text: string): StateliteError {
  const shown = plain(text.trim().slice(0, 200));
  return new StateliteError('ERR_STATELITE_HARDWARE', `ipmitool: ${what} is no answer: ${shown}`);
}
