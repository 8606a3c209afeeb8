import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';
import {
  control,
  knowing,
  redfishNode as lab,
  resets,
  wishes,
} from '../../../helpers/redfish-node.ts';
import { failure } from '../../../helpers/rows.ts';

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

  test('that cannot boot from what is asked for says what it can', async ({ mn }) => {
    const server = await lab(mn);
    server.system['Boot'] = { 'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe'] };
    const { code, err } = await mn.run('rsetboot', 'n1', 'cd');
    expect(code).toBe(1);
    expect(err).toContain('cannot boot from CD/DVD: it knows None, Pxe');
    expect(server.asked).toEqual([]);
  });

  test('that lists what is no word is taken for one that does not know it', async ({ mn }) => {
    const server = await lab(mn);
    const noWord = { toString: 1, valueOf: 1 };
    knowing(server, noWord, 'On');
    await expect(control(server).act('reset')).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'cannot reset: it knows On'),
    );
    const list = 'BootSourceOverrideTarget@Redfish.AllowableValues';
    server.system['Boot'] = { [list]: [noWord, 'Pxe'] };
    await expect(
      control(server).setBoot({ device: 'cd', persistent: false, uefi: false }),
    ).rejects.toThrow(failure('ERR_STATELITE_HARDWARE', 'it knows Pxe'));
    server.system['Boot'] = { ...boot('Once', 'Pxe'), BootSourceOverrideTarget: noWord };
    expect(await control(server).boot()).toBe('{"toString":1,"valueOf":1}');
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
