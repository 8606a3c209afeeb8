import { describe, expect, test } from 'vitest';
import type { Control, PowerAction, PowerState } from '../../../../mgmt/power/control.ts';
import { operate, type PowerOperation, statusAfter } from '../../../../mgmt/power/operate.ts';

async function operated(operation: PowerOperation, state: PowerState) {
  const acted: PowerAction[] = [];
  const control: Control = {
    state: async () => state,
    act: async (action) => void acted.push(action),
    setBoot: async () => {},
    boot: async () => '',
  };
  return { said: await operate(control, operation), acted };
}

describe('operate', () => {
  test.for([
    ['stat', 'on', 'on', []],
    ['state', 'off', 'off', []],
    ['status', 'on', 'on', []],
    ['on', 'off', 'on', ['on']],
    ['off', 'on', 'off', ['off']],
    ['softoff', 'on', 'softoff', ['softoff']],
    ['reset', 'on', 'reset', ['reset']],
    ['reset', 'off', 'off', []],
    ['cycle', 'on', 'cycle', ['cycle']],
    ['cycle', 'off', 'off', []],
    ['boot', 'on', 'on reset', ['reset']],
    ['boot', 'off', 'off on', ['on']],
  ] as const)('%s of a node that is %s says "%s"', async ([operation, state, said, acted]) => {
    expect(await operated(operation, state)).toEqual({ said, acted });
  });
});

describe('the status of a node that was switched', () => {
  test.for([
    ['on', 'on', true, 'netbooting'],
    ['on', 'on', false, 'powering-on'],
    ['boot', 'on reset', true, 'netbooting'],
    ['boot', 'off on', true, 'netbooting'],
    ['reset', 'reset', false, 'powering-on'],
    ['cycle', 'cycle', true, 'netbooting'],
    ['reset', 'off', true, undefined],
    ['off', 'off', true, 'powering-off'],
    ['softoff', 'softoff', false, 'powering-off'],
    ['stat', 'on', true, undefined],
  ] as const)(
    'after %s that said "%s", netbooting %s, is %s',
    ([operation, said, netboots, status]) => {
      expect(statusAfter(operation, { said, netboots })).toBe(status);
    },
  );
});
