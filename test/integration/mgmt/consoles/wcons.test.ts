import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { placeOf } from '../../../../mgmt/cli/wcons.ts';
import { fakePrograms } from '../../../helpers/fake-programs.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { eventually } from '../../../helpers/eventually.ts';

test('wcons opens a window with rcons for each node', async ({ mn }) => {
  const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
  await programs.make('xterm', 'exit 0');
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  await mn.run('nodeadd', 'n1,n2', 'groups=all', 'mgt=kvm');
  expect(await mn.run('wcons', 'all', '-t', '2')).toMatchObject({ code: 0, err: '' });
  await eventually(async () => (await programs.calls()).length === 2);
  const calls = (await programs.calls()).toSorted((a, b) =>
    (a.argv[1] ?? '') < (b.argv[1] ?? '') ? -1 : 1,
  );
  expect(calls.map(({ argv }) => [...argv.slice(0, 5), ...argv.slice(-2)])).toEqual([
    ['-T', 'n1', '-geometry', '80x24+0+0', '-e', 'rcons', 'n1'],
    ['-T', 'n2', '-geometry', '80x24+500+0', '-e', 'rcons', 'n2'],
  ]);
  expect(calls[0]?.env.get('STATELITE_STATE')).toBe(join(mn.directory, 'state'));
});

test('wcons without xterm names its package, and refuses nodes without consoles', async ({
  mn,
}) => {
  vi.stubEnv('PATH', join(mn.directory, 'none'));
  onTestFinished(() => void vi.unstubAllEnvs());
  await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=kvm');
  await mn.run('nodeadd', 'n2', 'groups=all');
  expect((await mn.run('wcons', 'n1')).err).toContain('apt install xterm');
  expect((await mn.run('wcons', 'n2')).err).toContain('n2 has neither nodehm.cons');
  expect(await mn.run('wcons', 'n1', '-t', '0')).toMatchObject({ code: 2 });
});

test('windows stand beside each other, then below', () => {
  expect([0, 1, 2].flatMap((index) => placeOf(index, 2).slice(1))).toEqual([
    '80x24+0+0',
    '80x24+500+0',
    '80x24+0+350',
  ]);
  expect(placeOf(3, undefined)).toEqual([]);
});
