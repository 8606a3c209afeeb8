import { describe, expect, onTestFinished } from 'vitest';
import { redfishControl } from '../../../../mgmt/power/redfish.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { redfishServer, type RedfishServer } from '../../../helpers/redfish-server.ts';
import { failure } from '../../../helpers/rows.ts';

/** A node whose controller is a Redfish service of this test. */
async function lab(mn: Management): Promise<RedfishServer> {
  const server = await redfishServer(mn.directory);
  onTestFinished(() => server[Symbol.asyncDispose]());
  await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=redfish');
  await mn.run(
    'chtab',
    'node=n1',
    `ipmi.bmc=${server.address}`,
    'ipmi.username=admin',
    'ipmi.password=geheim',
  );
  await mn.run('chtab', 'node=n1', `hardware.cafile=${server.ca}`);
  return server;
}

function control({ address, ca }: RedfishServer, limit = 20_000) {
  const account = { username: 'admin', password: 'geheim' };
  const origin = `https://${address}`;
  const { signal } = new AbortController();
  const access = { kind: 'redfish', origin, system: undefined, cafile: ca, verify: true } as const;
  return redfishControl({ ...access, ...account }, { limit, signal });
}

const resets = ({ asked }: RedfishServer) => asked.map(({ body }) => body);

const wishes = (...words: readonly string[]) => words.map((word) => ({ ResetType: word }));

describe('a Redfish service', () => {
  test('is asked for the state, and to reset', async ({ mn }) => {
    const server = await lab(mn);
    const said: string[] = [];
    for (const word of ['stat', 'boot', 'softoff', 'stat', 'on', 'off', 'boot', 'reset']) {
      const { out, err } = await mn.run('rpower', 'n1', word);
      said.push(`${out.join()}${err}`);
    }
    expect(said).toEqual(
      ['on', 'on reset', 'softoff', 'off', 'on', 'off', 'off on', 'reset'].map(
        (word) => `n1: ${word}`,
      ),
    );
    expect(resets(server)).toEqual(
      wishes('ForceRestart', 'GracefulShutdown', 'On', 'ForceOff', 'On', 'ForceRestart'),
    );
  });

  test('has its boot override set and shown', async ({ mn }) => {
    const server = await lab(mn);
    const said: string[] = [];
    for (const words of [['stat'], ['hd', '-p'], ['stat'], ['cd', '-u'], ['default'], ['stat']]) {
      said.push(...(await mn.run('rsetboot', 'n1', ...words)).out);
    }
    expect(said).toEqual([
      'n1: Network',
      'n1: Hard Drive',
      'n1: Hard Drive',
      'n1: CD/DVD',
      'n1: boot override inactive',
      'n1: boot override inactive',
    ]);
    expect(server.asked.map(({ method, body }) => [method, body])).toEqual([
      ['PATCH', { Boot: boot('Continuous', 'Hdd') }],
      ['PATCH', { Boot: { ...boot('Once', 'Cd'), BootSourceOverrideMode: 'UEFI' } }],
      ['PATCH', { Boot: boot('Disabled', 'None') }],
    ]);
  });

  test('is not asked to switch on what is on', async ({ mn }) => {
    const server = await lab(mn);
    await control(server).act('on');
    expect(server.asked).toEqual([]);
  });

  test('that cannot boot from what is asked for says what it can', async ({ mn }) => {
    const server = await lab(mn);
    server.system['Boot'] = { 'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe'] };
    const { code, err } = await mn.run('rsetboot', 'n1', 'cd');
    expect(code).toBe(1);
    expect(err).toContain('cannot boot from CD/DVD: it knows None, Pxe');
    expect(server.asked).toEqual([]);
  });

  test('is told which state of its system is changed', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.exactEtags = true;
    expect((await mn.run('rsetboot', 'n1', 'hd')).out).toEqual(['n1: Hard Drive']);
  });

  test('whose system was changed meanwhile is asked once more', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.exactEtags = true;
    let patches = 0;
    server.instead = ({ method }, response) => {
      if (method !== 'PATCH') return false;
      patches += 1;
      return patches === 1 && Boolean(response.writeHead(412).end());
    };
    await control(server).setBoot({ device: 'cd', persistent: false, uefi: false });
    expect({ patches, boot: server.system['Boot'] }).toMatchObject({
      patches: 2,
      boot: { BootSourceOverrideTarget: 'Cd', BootSourceOverrideMode: 'UEFI' },
    });
  });

  test('that wants sessions is given one, which ends', async ({ mn }) => {
    const server = await lab(mn);
    server.manners.basic = false;
    expect((await mn.run('rpower', 'n1', 'boot')).out).toEqual(['n1: on reset']);
    expect(server.sessions.size).toBe(0);
    await mn.run('chtab', 'node=n1', 'ipmi.password=falsch');
    expect((await mn.run('rpower', 'n1', 'stat')).err).toContain('does not let admin in (401)');
  });

  test('is told a wrong password once: it may lock the account', async ({ mn }) => {
    const server = await lab(mn);
    await mn.run('chtab', 'node=n1', 'ipmi.password=falsch');
    let refused = 0;
    server.instead = ({ url }) => {
      if (url !== '/redfish/v1/') refused += 1;
      return false;
    };
    expect((await mn.run('rpower', 'n1', 'stat')).code).toBe(1);
    expect(refused).toBe(1);
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

  test('with a certificate of a stranger is not told the password', async ({ mn }) => {
    const server = await lab(mn);
    let requests = 0;
    server.instead = () => {
      requests += 1;
      return false;
    };
    await mn.run('chtab', 'node=n1', 'hardware.cafile=');
    const { code, err } = await mn.run('rpower', 'n1', 'stat');
    expect(code).toBe(1);
    expect(err).toContain('is not trusted');
    expect(err).toContain('hardware.cafile');
    expect(requests).toBe(0);
    await mn.run('chtab', 'node=n1', 'hardware.verify=0');
    expect((await mn.run('rpower', 'n1', 'stat')).out).toEqual(['n1: on']);
  });

  test('that lets nobody in names the account, and not its password', async ({ mn }) => {
    await lab(mn);
    await mn.run('chtab', 'node=n1', 'ipmi.password=falsch');
    const { code, err } = await mn.run('rpower', 'n1', 'stat');
    expect(code).toBe(1);
    expect(err).toContain('does not let admin in (401)');
    expect(err).not.toContain('falsch');
  });

  test('that is busy is asked again', async ({ mn }) => {
    const server = await lab(mn);
    let times = 0;
    server.instead = (_request, response) => {
      times += 1;
      if (times > 2) return false;
      response.writeHead(503, { 'retry-after': '0.01' }).end();
      return true;
    };
    expect(await control(server).state()).toBe('on');
    expect(times).toBe(5); // root, systems, and the one
  });

  test('that stays busy, or is slow, is given up', async ({ mn }) => {
    const server = await lab(mn);
    const tooLate = failure('ERR_STATELITE_HARDWARE', 'gave no answer within 0.3 s');
    server.instead = (_request, response) => Boolean(response.writeHead(503).end());
    await expect(control(server, 300).state()).rejects.toThrow(tooLate);
    server.instead = () => true;
    await expect(control(server, 300).state()).rejects.toThrow(tooLate);
  });

  test.for([
    ['no JSON', '{"Members": [', 'no JSON'],
    ['no systems', '{}', 'is no object'],
    ['no members', members(), 'has 0 systems'],
    ['no object', '[1]', 'is no object'],
    ['a resource elsewhere', members('https://evil.example/redfish/v1'), 'evil.example'],
    ['a resource by another host', members('//evil.example/redfish'), 'evil.example'],
    [
      'two systems',
      members('/redfish/v1/Systems/1', '/redfish/v1/Systems/2'),
      'has 2 systems: 1, 2',
    ],
    ['too much', `"${'x'.repeat(2 * 1024 * 1024)}"`, 'cannot be reached'],
  ] as const)('that answers with %s is refused', async ([, body, problem], { mn }) => {
    const server = await lab(mn);
    server.instead = (_request, response) => Boolean(response.writeHead(200).end(body));
    await expect(control(server).state()).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', problem),
    );
  });

  test('that sends elsewhere is not followed, and its reason is shown as plain text', async ({
    mn,
  }) => {
    const server = await lab(mn);
    server.instead = (_request, response) =>
      Boolean(
        response
          .writeHead(307, { location: 'https://127.0.0.1:1/' })
          .end(String.raw`{"error": {"message": "go \u001b[2J away"}}`),
      );
    await expect(control(server).state()).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'said 307', String.raw`go \u{1b}[2J away`),
    );
  });

  test('with several systems is asked for the one that the tables name', async ({ mn }) => {
    const server = await lab(mn);
    const two = members('/redfish/v1/Systems/437XR1138R2', '/redfish/v1/Systems/2');
    server.instead = ({ url }, response) =>
      url === '/redfish/v1/Systems' && Boolean(response.writeHead(200).end(two));
    await mn.run('chtab', 'node=n1', 'hardware.system=437XR1138R2');
    expect((await mn.run('rpower', 'n1', 'stat')).out).toEqual(['n1: on']);
    await mn.run('chtab', 'node=n1', 'hardware.system=3');
    expect((await mn.run('rpower', 'n1', 'stat')).err).toContain(
      'has no system 3, but: 437XR1138R2, 2',
    );
  });

  test('that does not say whether it is on is an error', async ({ mn }) => {
    const server = await lab(mn);
    server.system['PowerState'] = null;
    await expect(control(server).state()).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'power state null'),
    );
  });

  test('that is not there is an error', async ({ mn }) => {
    const server = await lab(mn);
    await server[Symbol.asyncDispose]();
    await expect(control(server).state()).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'cannot be reached'),
    );
  });
});

function boot(enabled: string, target: string) {
  return { BootSourceOverrideEnabled: enabled, BootSourceOverrideTarget: target };
}

function members(...paths: readonly string[]): string {
  const systems = { '@odata.id': '/redfish/v1/Systems' };
  return JSON.stringify({
    Systems: systems,
    Members: paths.map((path) => ({ '@odata.id': path })),
  });
}

function knowing(server: RedfishServer, ...types: readonly string[]): void {
  const target = '/redfish/v1/Systems/437XR1138R2/Actions/ComputerSystem.Reset';
  const reset = { target, 'ResetType@Redfish.AllowableValues': types };
  server.system['Actions'] = { '#ComputerSystem.Reset': reset };
}
