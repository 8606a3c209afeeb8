import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { consoleUnitName, renderConsoleUnit } from '../../../../mgmt/setup/console-unit.ts';
import { renderUnit, unitName } from '../../../../mgmt/setup/units.ts';

const run = promisify(execFile);

const input = {
  program: '/usr/bin/env',
  etc: '/etc/statelite',
  state: '/var/lib/statelite',
  database: '/srv/db/statelite.db',
  tftpdir: '/tftpboot',
  output: '/etc/statelite/generated',
  overrides: { installdir: undefined, tftpdir: undefined },
};

test.each([
  [unitName, renderUnit],
  [consoleUnitName, renderConsoleUnit],
] as const)('systemd finds nothing wrong with %s', async (name, render) => {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  const unit = join(directory, name);
  await writeFile(unit, render(input));
  const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
  expect(stdout + stderr).toBe('');
  // 10 is a service without any bounds; the ceiling is ours, in tenths.
  await run('systemd-analyze', ['security', '--offline=yes', '--threshold=30', unit]);
  await rm(directory, { recursive: true });
});

test('what is not known, systemd would have said', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  const unit = join(directory, unitName);
  await writeFile(unit, renderUnit(input).replace('ProtectClock', 'ProtectTheClock'));
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
  expect(stderr).toContain('ProtectTheClock');
  await rm(directory, { recursive: true });
});

test('it writes to its own directories only, and the password of a database stays out', () => {
  expect(renderUnit(input)).toContain(
    'ReadWritePaths=/var/lib/statelite /srv/db /tftpboot /etc/statelite/generated\n',
  );
  const unit = renderUnit({ ...input, database: 'postgresql://root:secret@db/statelite' });
  expect(unit).toContain('ReadWritePaths=/var/lib/statelite /tftpboot /etc/statelite/generated\n');
  expect(unit).not.toContain('secret');
});

test('what the site is overruled in here, the daemon is told', () => {
  expect(renderUnit(input)).not.toContain('dir=');
  const overrides = { installdir: '/srv/install', tftpdir: undefined };
  expect(renderUnit({ ...input, overrides })).toMatch(
    /^ExecStart=.* --installdir=\/srv\/install /mu,
  );
});

test.each(['/a b', '/100%', '/a"b', '/a\nUser=x', 'relative', '/$HOME'])(
  'a path that a unit would misread is refused: %j',
  (state) => {
    expect(() => renderUnit({ ...input, state })).toThrow('a systemd unit cannot be told');
  },
);

test('the capabilities suffice to run a command as nobody, and to end it', async () => {
  const kept = /^CapabilityBoundingSet=(.*)$/m.exec(renderUnit(input))?.[1] ?? '';
  const set = kept.split(' ').map((name) => `+${name.toLowerCase().replace('cap_', '')}`);
  const source = new URL('../../../../mgmt/commands/run-command.ts', import.meta.url).href;
  const script = `
    const { runCommand } = await import('${source}');
    const said = [await runCommand('id -u'), await runCommand('sleep 60', { limit: 300 })];
    console.log(JSON.stringify(said));`;
  const { stdout } = await run('setpriv', [
    '--no-new-privs',
    `--bounding-set=-all,${set.join(',')}`,
    '--inh-caps=-all',
    process.execPath,
    '--input-type=module',
    '--eval',
    script,
  ]);
  expect(JSON.parse(stdout)).toEqual([{ output: '65534' }, { problem: 'did not end in 0.3 s' }]);
});

test('a console server that is told to read again before it listens for that is started again', () => {
  // systemd takes SIGHUP for an end that was wanted.
  expect(renderConsoleUnit(input)).toContain('\nRestartForceExitStatus=SIGHUP\n');
});
