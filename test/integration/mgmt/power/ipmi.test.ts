import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type FakePrograms, fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const password = 'geheim$(id)"\'';

/** Two nodes with controllers of their own and one account; ipmitool is what a test says it is. */
async function lab(mn: Management, body: string): Promise<FakePrograms> {
  const programs = await fakePrograms(join(mn.directory, 'bin'));
  await programs.make('ipmitool', body);
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  await mn.run('nodeadd', 'n1,n2', 'groups=all', 'mgt=ipmi');
  await mn.run('chtab', 'node=n1', 'ipmi.bmc=10.1.0.1');
  await mn.run('chtab', 'node=n2', 'ipmi.bmc=10.1.0.2');
  await mn.run('chtab', 'node=all', 'ipmi.username=admin', `ipmi.password=${password}`);
  return programs;
}

const bmcIs = (address: string) => `case "$*" in *"-H ${address} "*) `;

test('rpower stat says what the controller says, and the password is in the environment only', async ({
  mn,
}) => {
  const programs = await lab(
    mn,
    `${bmcIs('10.1.0.1')} echo Chassis Power is on;; *) echo Chassis Power is off; esac`,
  );
  const { code, out, err } = await mn.run('rpower', 'all', 'stat');
  expect({ code, out: out.toSorted(), err }).toEqual({
    code: 0,
    out: ['n1: on', 'n2: off'],
    err: '',
  });
  const calls = await programs.calls();
  expect(calls).toHaveLength(2);
  for (const { argv, env } of calls) {
    expect(argv).toEqual([
      '-I',
      'lanplus',
      '-H',
      expect.stringMatching(/^10\.1\.0\.[12]$/u),
      '-U',
      'admin',
      '-E',
      'chassis',
      'power',
      'status',
    ]);
    expect(env.get('IPMI_PASSWORD')).toBe(password);
    expect(
      [...env].filter(([name, value]) => value.includes('geheim') && name !== 'IPMI_PASSWORD'),
    ).toEqual([]);
  }
});

test('each operation is one of ipmitool, and prints what stock prints', async ({ mn }) => {
  const programs = await lab(mn, 'echo Chassis Power is on');
  const said: string[] = [];
  for (const operation of ['on', 'off', 'softoff', 'reset', 'cycle', 'boot']) {
    said.push(...(await mn.run('rpower', 'n1', operation)).out);
  }
  expect(said).toEqual([
    'n1: on',
    'n1: off',
    'n1: softoff',
    'n1: reset',
    'n1: cycle',
    'n1: on reset',
  ]);
  const words = (await programs.calls()).map(({ argv }) => argv.at(-1));
  expect(words.filter((word) => word !== 'status')).toEqual([
    'on',
    'off',
    'soft',
    'reset',
    'cycle',
    'reset',
  ]);
});

test('a node that was switched has the status that stock gives it', async ({ mn }) => {
  await lab(mn, 'echo Chassis Power is on');
  await mn.run('chtab', 'node=n1', 'chain.currstate=statelite debian12-x86_64-compute');
  await mn.run('rpower', 'all', 'boot');
  expect((await mn.run('nodels', 'all', 'nodelist.status')).out).toEqual([
    'n1: netbooting',
    'n2: powering-on',
  ]);
  await mn.run('rpower', 'all', 'stat');
  await mn.run('rpower', 'n2', 'off');
  expect((await mn.run('nodels', 'n2', 'nodelist.status')).out).toEqual(['n2: powering-off']);
  await mn.run('chtab', 'key=nodestatus', 'site.value=n');
  await mn.run('rpower', 'n2', 'on');
  expect((await mn.run('nodels', 'n2', 'nodelist.status')).out).toEqual(['n2: powering-off']);
});

test('one controller that fails does not keep the other from its turn', async ({ mn }) => {
  await lab(
    mn,
    `${bmcIs('10.1.0.1')} echo "Error: bad password $IPMI_PASSWORD" >&2; exit 1;; *) echo Chassis Power is off; esac`,
  );
  const { code, out, err } = await mn.run('rpower', 'all', 'stat');
  expect({ code, out }).toEqual({ code: 1, out: ['n2: off'] });
  expect(err).toContain('n1: ERR_STATELITE_HARDWARE: ipmitool failed: Error: bad password ***');
  expect(err).toContain('1 of 2 nodes failed: n1');
  expect(err).not.toContain('geheim');
});

test('a controller that never answers is left, and the program killed with what it started', async ({
  mn,
}) => {
  const pid = join(mn.directory, 'pid');
  await lab(mn, `sleep 1000 & echo $! > ${pid}; wait`);
  const { code, err } = await mn.run('rpower', 'n1', 'stat', '--timeout', '1');
  expect(code).toBe(1);
  expect(err).toContain('n1: ipmitool did not end within 1 s');
  const started = Number(await readFile(pid, 'utf8'));
  await vi.waitUntil(async () => {
    // A zombie that nobody has waited for yet is dead as well.
    const state = await readFile(`/proc/${started}/stat`, 'utf8').catch(() => 'gone');
    return state === 'gone' || / Z /u.test(state);
  });
});

test('an answer that is none is not taken for a state', async ({ mn }) => {
  await lab(mn, String.raw`printf 'Chassis is \033[2J fine\n'`);
  const { code, err } = await mn.run('rpower', 'n1', 'stat');
  expect(code).toBe(1);
  expect(err).toContain(String.raw`no answer: Chassis is \u{1b}[2J fine`);
});

test('without ipmitool the hint names its package', async ({ mn }) => {
  await lab(mn, 'exit 0');
  vi.stubEnv('PATH', join(mn.directory, 'none'));
  const { code, err } = await mn.run('rpower', 'n1', 'stat');
  expect(code).toBe(1);
  expect(err).toContain('ipmitool is not installed');
  expect(err).toContain('apt install ipmitool');
});

test('a node without a controller says which row to add', async ({ mn }) => {
  await lab(mn, 'echo Chassis Power is on');
  await mn.run('nodeadd', 'n3', 'groups=other', 'mgt=ipmi');
  const { code, err } = await mn.run('rpower', 'n3', 'on');
  expect(code).toBe(1);
  expect(err).toContain('n3 has no ipmi.bmc');
  expect(err).toContain('chtab node=n3 ipmi.bmc=');
});

test('rsetboot sets what is booted next, once or from now on, and says it', async ({ mn }) => {
  const programs = await lab(
    mn,
    `case "$*" in *bootparam*) echo "   - Boot Flag Valid"; echo " - Boot Device Selector : Force PXE";; esac`,
  );
  const asked = [['net'], ['hd', '-p'], ['cd', '-u', '-p'], ['default'], ['stat'], []];
  const said: string[] = [];
  for (const words of asked) said.push(...(await mn.run('rsetboot', 'n1', ...words)).out);
  expect(said).toEqual([
    'n1: Network',
    'n1: Hard Drive',
    'n1: CD/DVD',
    'n1: boot override inactive',
    'n1: Network',
    'n1: Network',
  ]);
  expect((await programs.calls()).map(({ argv }) => argv.slice(7).join(' '))).toEqual([
    'chassis bootdev pxe',
    'chassis bootdev disk options=persistent',
    'chassis bootdev cdrom options=persistent,efiboot',
    'chassis bootdev none',
    'chassis bootparam get 5',
    'chassis bootparam get 5',
  ]);
});

test('rnetboot sets the network first, then boots', async ({ mn }) => {
  const programs = await lab(mn, 'echo Chassis Power is off');
  expect(await mn.run('rnetboot', 'n1')).toMatchObject({ code: 0, out: ['n1: off on'] });
  expect((await programs.calls()).map(({ argv }) => argv.slice(7).join(' '))).toEqual([
    'chassis bootdev pxe',
    'chassis power status',
    'chassis power on',
  ]);
});

test.for([
  ['rpower', 'n1'],
  ['rpower', 'n1', 'onn'],
  ['rpower', 'n1', 'on', '--timeout', '0'],
  ['rsetboot', 'n1', 'usb'],
])('%j is not understood', async (words, { mn }) => {
  await lab(mn, 'echo Chassis Power is on');
  expect((await mn.run(...words)).code).toBe(2);
});

test('a password is not in the history of the tables', async ({ mn }) => {
  await lab(mn, 'exit 0');
  const { out } = await mn.run('log', 'ipmi');
  expect(out.join('\n')).toContain('admin');
  expect(out.join('\n')).not.toContain('geheim');
});
