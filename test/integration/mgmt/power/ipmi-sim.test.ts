import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { hasCode } from '../../../../agent/errors.ts';
import { type IpmiSim, ipmiSim, simAccount } from '../../../helpers/ipmi-sim.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { eventually } from '../../../helpers/eventually.ts';

const { username, password } = simAccount;

/** Nodes n1, n2, ..., each with a simulated controller, which lack SHA-256. */
async function lab(mn: Management, count = 1): Promise<IpmiSim> {
  const sim = await ipmiSim(mn.directory, { count });
  onTestFinished(() => sim[Symbol.asyncDispose]());
  const [address = ''] = sim.addresses;
  const network = address.replace(/1$/u, '');
  await mn.run('nodeadd', `n[1-${count}]`, 'groups=all', 'mgt=ipmi');
  await mn.run('chtab', 'node=all', String.raw`ipmi.bmc=|n(\d+)|${network}($1+0)|`);
  await mn.run('chtab', 'node=all', `ipmi.username=${username}`, `ipmi.password=${password}`);
  return sim;
}

describe('a controller that speaks IPMI', () => {
  test('switches its node, as stock says it', async ({ mn }) => {
    const sim = await lab(mn);
    const said: string[] = [];
    for (const word of [
      'stat',
      'reset',
      'on',
      'boot',
      'reset',
      'softoff',
      'state',
      'boot',
      'off',
    ]) {
      const { out, err } = await mn.run('rpower', 'n1', word);
      said.push(`${word}: ${out.join()}${err}`);
    }
    expect(said).toEqual([
      'stat: n1: off',
      'reset: n1: off',
      'on: n1: on',
      'boot: n1: on reset',
      'reset: n1: reset',
      'softoff: n1: softoff',
      'state: n1: off',
      'boot: n1: off on',
      'off: n1: off',
    ]);
    expect(await sim.told()).toEqual([
      'power 1',
      'reset 1',
      'reset 1',
      'shutdown 1',
      'power 1',
      'power 0',
    ]);
  });

  test('is off for a moment in a cycle', async ({ mn }) => {
    const sim = await lab(mn);
    await sim.setPower(0, 'on');
    expect((await mn.run('rpower', 'n1', 'cycle')).out).toEqual(['n1: cycle']);
    const told: string[] = [];
    await eventually(async () => told.push(...(await sim.told())) >= 2);
    expect(told).toEqual(['power 0', 'power 1']);
  });

  test('is told what to boot from', async ({ mn }) => {
    const sim = await lab(mn);
    const said: string[] = [];
    for (const device of ['net', 'hd', 'cd', 'def']) {
      said.push(...(await mn.run('rsetboot', 'n1', device)).out);
    }
    // The simulator keeps the device, and forgets that it is to be used.
    said.push(...(await mn.run('rsetboot', 'n1', 'stat')).out);
    expect(said).toEqual(
      ['Network', 'Hard Drive', 'CD/DVD', 'boot override inactive', 'boot override inactive'].map(
        (word) => `n1: ${word}`,
      ),
    );
    expect(await sim.told()).toEqual(['boot pxe', 'boot default', 'boot cdrom', 'boot none']);
    expect((await mn.run('rnetboot', 'n1')).out).toEqual(['n1: off on']);
    expect(await sim.told()).toEqual(['boot pxe', 'power 1']);
  });

  test('takes the account of the passwd row ipmi', async ({ mn }) => {
    await lab(mn);
    await mn.run('chtab', 'node=all', 'ipmi.username=', 'ipmi.password=');
    expect((await mn.run('rpower', 'n1', 'stat')).code).toBe(1);
    await mn.run('chtab', 'key=ipmi', `passwd.username=${username}`, `passwd.password=${password}`);
    expect((await mn.run('rpower', 'n1', 'stat')).out).toEqual(['n1: off']);
  });

  test('is told the password of the tables, whatever the environment has', async ({ mn }) => {
    await lab(mn);
    for (const name of ['IPMI_PASSWORD', 'IPMITOOL_PASSWORD']) vi.stubEnv(name, 'falsch');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await mn.run('rpower', 'n1', 'stat')).out).toEqual(['n1: off']);
  });

  test.for([
    ['a wrong password', 'ipmi.password=falsch', 'does not take the password for admin'],
    ['no password', 'ipmi.password=', 'wants a password for admin, and the tables have none'],
    ['an account it does not have', 'ipmi.username=root', 'does not know root'],
    ['too long a password', `ipmi.password=${'x'.repeat(21)}`, 'at most 20 bytes'],
    ['a name that nobody knows', 'ipmi.bmc=n1-bmc.invalid', 'n1-bmc.invalid has no address'],
  ] as const)('and %s are told apart', async ([, row, problem], { mn }) => {
    await lab(mn);
    await mn.run('chtab', 'node=all', row);
    const { code, out, err } = await mn.run('rpower', 'n1', 'stat');
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err).toContain('ERR_STATELITE_HARDWARE: n1: the controller ');
    expect(err).toContain(problem);
    expect(err).toMatch(/hint: .*(?:ipmi\.password|ipmi\.bmc)/u);
    expect(err).not.toContain('falsch');
  });
});

describe('many controllers', () => {
  test('are asked at the same time, and those that fail keep nobody from it', async ({ mn }) => {
    await lab(mn, 20);
    // Nobody listens there.
    for (const node of ['n3', 'n7']) {
      await mn.run('chtab', `node=${node}`, 'ipmi.bmc=127.0.0.1:9');
    }
    await mn.run('chtab', 'key=ipmiretries', 'site.value=1');
    await mn.run('chtab', 'key=ipmitimeout', 'site.value=1');
    const { code, out, err } = await mn.run('rpower', 'all', 'on');
    expect(code).toBe(1);
    expect(out).toHaveLength(18);
    expect(new Set(out.map((line) => line.split(': ')[1]))).toEqual(new Set(['on']));
    for (const node of ['n3', 'n7']) {
      expect(err).toContain(`${node}: ERR_STATELITE_HARDWARE: the controller 127.0.0.1 does not`);
    }
    expect(err).toContain('2 of 20 nodes failed: n');
    expect((await mn.run('rpower', 'n1,n20', 'stat')).out.toSorted()).toEqual([
      'n1: on',
      'n20: on',
    ]);
  });
});

test('a password is on no command line, for all to see', async ({ mn }) => {
  await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=ipmi');
  await mn.run('chtab', 'node=n1', 'ipmi.bmc=127.0.0.1:9', 'ipmi.username=admin');
  await mn.run('chtab', 'node=n1', `ipmi.password=${password}`);
  const ran = mn.run('rpower', 'n1', 'stat', '--timeout', '2');
  const line = await eventually(() =>
    commandLineWith(['-H', '127.0.0.1', '-p', '9', '-R'].join('\0')),
  );
  expect(line).toContain('-E');
  expect(line).not.toContain(password);
  const { code, err } = await ran;
  expect(code).toBe(1);
  expect(err).toContain('n1: ipmitool did not end within 2 s');
});

/** The command line of an ipmitool that runs, if it has these words. */
async function commandLineWith(words: string): Promise<string | undefined> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const lines = await Promise.all(
    processes.map(async (pid) => {
      try {
        return await readFile(`/proc/${pid}/cmdline`, 'utf8');
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ESRCH')) return ''; // it has just ended
        throw error;
      }
    }),
  );
  return lines.find((line) => line.startsWith('ipmitool\0') && line.includes(words));
}
