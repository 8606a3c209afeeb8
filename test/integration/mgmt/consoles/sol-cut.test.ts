import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ConsoleAccess } from '../../../../mgmt/power/access.ts';
import { consoleDeps, consoleServer, sitDown } from '../../../helpers/console-lab.ts';
import { fakePrograms } from '../../../helpers/fake-programs.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { eventually } from '../../../helpers/eventually.ts';

const access: ConsoleAccess = {
  kind: 'ipmi',
  bmc: '10.1.0.1',
  port: undefined,
  tries: 1,
  wait: 1,
  username: undefined,
  password: undefined,
};

/** A controller that keeps a session which nobody ended, and lets no other begin. */
async function lab() {
  const root = await tempRoot();
  onTestFinished(() => root[Symbol.asyncDispose]());
  const programs = await fakePrograms(join(root.path, 'bin'), { reads: false });
  await programs.make(
    'ipmitool',
    `cd ${root.path}
case "$*" in
*deactivate) rm -rf session ;;
*activate)
  mkdir session 2>/dev/null || { echo Info: SOL payload already active on another session; exit 1; }
  echo $$ > pid
  echo '[SOL Session operational.  Use ~? for help]'
  exec sleep 1000 ;;
esac`,
  );
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const deps = consoleDeps(root.path, () => access);
  const { record } = await consoleServer(deps);
  await record('n1');
  const glitch = async () => process.kill(Number(await readFile(join(root.path, 'pid'), 'utf8')));
  const ups = async () =>
    (await readFile(deps.places.log('n1'), 'utf8')).match(/Console up/gu)?.length ?? 0;
  await eventually(async () => (await ups()) === 1);
  return { deps, glitch, ups, programs };
}

test.for(['write', 'force'] as const)(
  'a session that was cut is taken by who comes to %s, not by who reads',
  async (mode) => {
    const { deps, glitch, ups } = await lab();
    const reader = sitDown(deps, 'n1', 'spy');
    await reader.sees('n1: read only');
    await glitch();
    await reader.sees('already active on another session');
    const other = sitDown(deps, 'n1', 'spy');
    await other.sees('n1: read only');
    expect(await ups()).toBe(1);
    const writer = sitDown(deps, 'n1', mode);
    await writer.sees('n1: you write');
    await eventually(async () => (await ups()) === 2);
  },
);

test('a session that was cut is taken by who writes already and asks for it', async () => {
  const { deps, glitch, ups, programs } = await lab();
  const writer = sitDown(deps, 'n1', 'write');
  await writer.sees('n1: you write');
  await glitch();
  await writer.sees('already active on another session');
  writer.type('\u0005cf');
  await eventually(async () => (await ups()) === 2);
  const words = (await programs.calls()).map(({ argv }) => argv.at(-1));
  expect(words.slice(-2)).toEqual(['deactivate', 'activate']);
});

test('a console that is up is left as it is by who comes', async () => {
  const { deps, ups, programs } = await lab();
  const writer = sitDown(deps, 'n1', 'write');
  await writer.sees('n1: you write');
  const other = sitDown(deps, 'n1', 'force');
  await other.sees('n1: you write');
  expect(await programs.calls()).toHaveLength(2);
  expect(await ups()).toBe(1);
});
