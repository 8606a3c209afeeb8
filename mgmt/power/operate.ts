import type { Control, PowerAction } from './control.ts';

/** What rpower takes; `state` and `status` are stock's other words for `stat`. */
export const powerOperations = [
  'on',
  'off',
  'softoff',
  'reset',
  'cycle',
  'boot',
  'stat',
  'state',
  'status',
] as const;

export type PowerOperation = (typeof powerOperations)[number];

/**
 * Does what rpower was told and gives what stock prints for it: the state, or the word of what was
 * done. `boot` switches a node on that is off and resets one that is on, and says both. A node that
 * is off is not reset.
 */
export async function operate(control: Control, operation: PowerOperation): Promise<string> {
  switch (operation) {
    case 'stat':
    case 'state':
    case 'status':
      return control.state();
    case 'boot': {
      const state = await control.state();
      const action: PowerAction = state === 'on' ? 'reset' : 'on';
      await control.act(action);
      return `${state} ${action}`;
    }
    case 'reset':
    case 'cycle': {
      if ((await control.state()) === 'off') return 'off';
      await control.act(operation);
      return operation;
    }
    case 'on':
    case 'off':
    case 'softoff':
      await control.act(operation);
      return operation;
  }
}

/**
 * The status that nodelist has from then on, as stock sets it; undefined: it stays. `said` is what
 * `operate` gave: a node that was off already was not reset.
 */
export function statusAfter(
  operation: PowerOperation,
  { said, netboots }: { readonly said: string; readonly netboots: boolean },
): 'netbooting' | 'powering-on' | 'powering-off' | undefined {
  switch (operation) {
    case 'stat':
    case 'state':
    case 'status':
      return undefined;
    case 'off':
    case 'softoff':
      return 'powering-off';
    case 'on':
    case 'boot':
    case 'reset':
    case 'cycle':
      if (said === 'off') return undefined;
      return netboots ? 'netbooting' : 'powering-on';
  }
}
