import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';
import {
  control,
  knowing,
  redfishNode as lab,
  resets,
  wishes,
} from '../../../helpers/redfish-node.ts';
import type { RedfishServer } from '../../../helpers/redfish-server.ts';
import { failure } from '../../../helpers/rows.ts';

describe('a Redfish service', () => {
  test.for(['on', 'off'] as const)(
    'that refuses what is so already is forgiven: %s',
    async (action, { mn }) => {
      const server = await lab(mn);
      server.system['PowerState'] = action === 'on' ? 'On' : 'Off';
      server.instead = refusing('is already so');
      await control(server).act(action);
      server.system['PowerState'] = action === 'on' ? 'Off' : 'On';
      await expect(control(server).act(action)).rejects.toThrow(
        failure('ERR_STATELITE_HARDWARE', 'said 409: is already so'),
      );
      server.system['PowerState'] = action === 'on' ? 'PoweringOff' : 'PoweringOn';
      await expect(control(server).act(action)).rejects.toThrow(failure('ERR_STATELITE_HARDWARE'));
    },
  );

  test('whose words depend on its state is not asked for what is so', async ({ mn }) => {
    const server = await lab(mn);
    knowing(server, 'ForceOff', 'ForceRestart');
    await control(server).act('on');
    server.system['PowerState'] = 'Off';
    await expect(control(server).act('on')).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'cannot on: it knows ForceOff, ForceRestart'),
    );
  });

  test('that says On for a while after it was switched off is switched on by on', async ({
    mn,
  }) => {
    const server = await lab(mn);
    server.manners.lateWith = Array.from({ length: 100 }, () => 'On');
    for (const word of ['off', 'on']) await mn.run('rpower', 'n1', word);
    expect(resets(server)).toEqual(wishes('ForceOff', 'On'));
  });

  test('that knows no cycle is off, and says so, before it is switched on', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.lateWith = ['On', 'On', 'On', 'On', 'PoweringOff', 'PoweringOff', null];
    let looks = 0;
    let looksBeforeOn = 0;
    server.instead = ({ method, url }) => {
      if (method === 'GET' && /Systems\/./u.test(url ?? '')) looks += 1;
      if (method === 'POST') looksBeforeOn = looks;
      return false;
    };
    await control(server).act('cycle');
    expect(resets(server)).toEqual(wishes('ForceOff', 'On'));
    expect(server.system['PowerState']).toBe('On');
    expect(looksBeforeOn).toBeGreaterThan(server.manners.lateWith.length);
  });

  test('that is never off is not said to be cycled', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.lateWith = Array.from({ length: 10_000 }, () => 'PoweringOff');
    await expect(control(server, 300).act('cycle')).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'was switched off and is "PoweringOff" still'),
    );
    expect(resets(server)).toEqual(wishes('ForceOff'));
  });

  test('may say elsewhere what a reset can be', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.actionInfo = true;
    await control(server).act('reset');
    expect(resets(server)).toEqual(wishes('ForceRestart'));
  });

  test('is asked for a cycle if it knows one', async ({ mn }) => {
    const server = await lab(mn);
    knowing(server, 'On', 'ForceOff', 'PowerCycle');
    await control(server).act('cycle');
    expect(resets(server)).toEqual(wishes('PowerCycle'));
  });

  test('that cannot do what is asked says what it can', async ({ mn }) => {
    const server = await lab(mn);
    knowing(server, 'On', 'ForceOff');
    await expect(control(server).act('softoff')).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'cannot softoff', 'On, ForceOff'),
    );
  });

  test('that takes its time for a reset is waited for', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.taskPolls = 3;
    let polls = 0;
    server.instead = ({ url }) => {
      if (url?.includes('TaskMonitors')) polls += 1;
      return false;
    };
    await control(server).act('reset');
    expect(polls).toBe(3);
    server.manners.taskState = 'Exception';
    await expect(control(server).act('reset')).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'Exception: The fan is stuck'),
    );
  });

  test('that knows itself by another name is followed at the one that the tables have', async ({
    mn,
  }) => {
    const server = await lab(mn);
    Object.assign(server.manners, { taskPolls: 2, locations: 'https://bmc7.inside.example:8443' });
    let polls = 0;
    server.instead = ({ url }) => {
      if (url?.includes('TaskMonitors')) polls += 1;
      return false;
    };
    await control(server).act('reset');
    expect(polls).toBe(2);
  });
});

/** Refuses each reset, with a reason. */
function refusing(message: string): RedfishServer['instead'] {
  const body = JSON.stringify({ error: { message } });
  return ({ method }, response) => method === 'POST' && Boolean(response.writeHead(409).end(body));
}
