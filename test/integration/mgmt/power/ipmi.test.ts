import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type FakePrograms, fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { eventually } from '../../../helpers/eventually.ts';

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

test('what ipmitool says of the password is not repeated', async ({ mn }) => {
  await lab(
    mn,
    `echo Loading IANA PEN Registry... >&2; echo "Error: bad password $IPMI_PASSWORD" >&2; exit 1`,
  );
  const { code, err } = await mn.run('rpower', 'n1', 'stat');
  expect(code).toBe(1);
  expect(err).toContain('n1: ipmitool failed: Error: bad password ***');
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
  await eventually(async () => {
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

test('rsetboot sets what is booted once or from now on, and says what is set', async ({ mn }) => {
  const programs = await lab(
    mn,
    `case "$*" in *bootparam*) echo "   - Boot Flag Valid"; echo " - Boot Device Selector : Force PXE";; esac`,
  );
  const asked = [['net'], ['hd', '-p'], ['cd', '-u', '-p'], ['default'], ['stat'], []];
  for (const words of asked)
    expect(await mn.run('rsetboot', 'n1', ...words)).toMatchObject({ code: 0 });
  expect((await mn.run('rsetboot', 'n1')).out).toEqual(['n1: Network']);
  expect(
    (await programs.calls())
      .slice(0, 4)
      .map(({ argv }) => argv.slice(argv.indexOf('chassis')).join(' ')),
  ).toEqual([
    'chassis bootdev pxe',
    'chassis bootdev disk options=persistent',
    'chassis bootdev cdrom options=persistent,efiboot',
    'chassis bootdev none',
  ]);
});

test('a password is not in the history of the tables', async ({ mn }) => {
  await lab(mn, 'exit 0');
  const { out } = await mn.run('log', 'ipmi');
  expect(out.join('\n')).toContain('admin');
  expect(out.join('\n')).not.toContain('geheim');
});
