import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { lockFile } from '../../../../mgmt/consoles/lock.ts';
import { serialPort } from '../../../helpers/console-lab.ts';
import { fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { qemuProcess } from '../../../helpers/qemu-process.ts';
import { backupOf, restore } from '../../../helpers/restored-database.ts';
import { eventually } from '../../../helpers/eventually.ts';

/** A command as a real process, ended with the test. */
function start({ io }: Management, argv: readonly string[], path = process.env['PATH']) {
  const script = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [script, ...argv], {
    env: { ...io.env, PATH: path },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let seen = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes) => (seen += String(bytes)));
  }
  const sees = async (text: string) => {
    await eventually(() => seen.includes(text) || child.exitCode !== null);
    expect(seen).toContain(text);
  };
  return {
    child,
    exited,
    seen: () => seen,
    sees,
    type: (text: string) => child.stdin?.write(text),
  };
}

describe('rcons', () => {
  test('shows what the firmware of a real QEMU prints, and records it', async ({ mn }) => {
    await using qemu = await qemuProcess(mn.directory);
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=qemu');
    await mn.run('chtab', 'node=n1', `hardware.qmp=${qemu.qmp}`, `hardware.serial=${qemu.serial}`);
    const rcons = start(mn, ['rcons', 'n1']);
    await rcons.sees('Console up');
    expect((await mn.run('rpower', 'n1', 'on')).out).toEqual(['n1: on']);
    await rcons.sees('SeaBIOS');
    rcons.type('\u0005c.');
    expect(await rcons.exited).toEqual([0, null]);
    expect(await readFile(join(mn.directory, 'state/consoles/n1.log'), 'utf8')).toContain(
      'SeaBIOS',
    );
  });

  test('does not take serial over LAN back from who took it', async ({ mn }) => {
    const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
    await programs.make('ipmitool', 'exit 1');
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=ipmi');
    await mn.run('chtab', 'node=n1', 'ipmi.bmc=10.1.0.1', 'ipmi.username=ad$(id)min');
    const rcons = start(mn, ['rcons', 'n1'], `${programs.directory}:${process.env['PATH']}`);
    const asked = async () => (await programs.calls()).map(({ argv }) => argv.at(-1));
    await eventually(async () => (await asked()).length >= 4);
    expect((await asked()).slice(0, 4)).toEqual(['deactivate', 'activate', 'info', 'activate']);
    expect((await programs.calls())[1]?.argv).toContain('ad$(id)min');
    expect(rcons.seen()).toContain('Console down: ipmitool ended with status 1');
  });

  test.for(['left', 'killed'] as const)(
    'ends what it started when it is %s',
    async (how, { mn }) => {
      const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
      const pid = join(mn.directory, 'pid');
      await programs.make('virsh', `echo $$ > ${pid}; echo Escape character is x; exec sleep 1000`);
      await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=kvm');
      const rcons = start(mn, ['rcons', 'n1'], `${programs.directory}:${process.env['PATH']}`);
      await rcons.sees('Console up');
      if (how === 'left') rcons.child.stdin?.end();
      else rcons.child.kill('SIGKILL');
      expect(await rcons.exited).toEqual(how === 'left' ? [0, null] : [null, 'SIGKILL']);
      const started = (await readFile(pid, 'utf8')).trim();
      await eventually(async () => {
        const state = await readFile(`/proc/${started}/stat`, 'utf8').catch(() => 'gone');
        return state === 'gone' || / Z /u.test(state);
      });
    },
  );

  test('ends with an error if a console server lets nobody in', async ({ mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=kvm');
    using lock = await lockFile(join(mn.directory, 'state/consoles.lock'));
    expect(lock).toBeDefined();
    const { code, err } = await mn.run('rcons', 'n1');
    expect(code).toBe(1);
    expect(err).toContain('another process is the console server but does not answer');
    expect(err).toContain(join(mn.directory, 'state/consoles.lock'));
  });

  test('takes one node that there is, with a console', async ({ mn }) => {
    await mn.run('nodeadd', 'n1,n2', 'groups=all');
    expect(await mn.run('rcons', 'all')).toMatchObject({ code: 2 });
    expect(await mn.run('rcons', 'n1', '-f', '-s')).toMatchObject({ code: 2 });
    const { code, err } = await mn.run('rcons', 'n1');
    expect(code).toBe(1);
    expect(err).toContain('n1 has neither nodehm.cons nor nodehm.mgt');
  });
});

describe('rcons --serve', () => {
  test('records the consoles of nodes, lets people in, and ends at SIGTERM', async ({ mn }) => {
    const serial = await serialPort(mn.directory);
    await mn.run('nodeadd', 'n1,n2,n3', 'groups=all', 'mgt=qemu');
    await mn.run('chtab', 'node=n1', `hardware.serial=${serial.path}`);
    await mn.run('chtab', 'node=n2', 'nodehm.consoleondemand=yes');
    const server = start(mn, ['rcons', '--serve', 'all']);
    await server.sees('1 of 2 consoles are recorded');
    expect(server.seen()).toContain('n3: not recorded: n3 has no hardware.serial');
    expect(server.seen()).not.toContain('n2');
    expect(serial.connected()).toBe(true);
    const rcons = start(mn, ['rcons', 'n1', '-s']);
    await rcons.sees('n1: read only');
    serial.print('hello');
    await rcons.sees('hello');
    expect((await mn.run('rcons', '--serve', 'all')).err).toContain('another process');
    rcons.type('\u0005c.');
    expect(await rcons.exited).toEqual([0, null]);
    server.child.kill('SIGTERM');
    expect(await server.exited).toEqual([0, null]);
  });

  test('reads the tables again at SIGHUP', async ({ mn }) => {
    const [first, second] = [
      await serialPort(mn.directory, '1'),
      await serialPort(mn.directory, '2'),
    ];
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=qemu');
    await mn.run('chtab', 'node=n1', `hardware.serial=${first.path}`);
    const server = start(mn, ['rcons', '--serve', 'all']);
    await server.sees('1 of 1 consoles are recorded');
    await eventually(() => first.connected());
    await mn.run('nodeadd', 'n2', 'groups=all', 'mgt=qemu');
    await mn.run('chtab', 'node=n2', `hardware.serial=${second.path}`);
    await mn.run('chtab', 'node=n1', 'nodehm.consoleondemand=yes');
    server.child.kill('SIGHUP');
    await eventually(() => second.connected() && !first.connected());
  });

  test('reads those of a restored database at SIGHUP', async ({ mn }) => {
    const [first, second] = [
      await serialPort(mn.directory, '1'),
      await serialPort(mn.directory, '2'),
    ];
    await mn.run('nodeadd', 'n1,n2', 'groups=all', 'mgt=qemu');
    await mn.run('chtab', 'node=n2', `hardware.serial=${second.path}`);
    const backup = await backupOf(mn);
    await mn.run('chtab', 'node=n2', 'nodehm.consoleondemand=yes');
    await mn.run('chtab', 'node=n1', `hardware.serial=${first.path}`);
    const server = start(mn, ['rcons', '--serve', 'all']);
    await server.sees('1 of 1 consoles are recorded');
    await restore(mn, backup);
    server.child.kill('SIGHUP');
    await server.sees('2 of 2 consoles are recorded');
    await eventually(() => second.connected());
    server.child.kill('SIGTERM');
    expect(await server.exited).toEqual([0, null]);
  });
});
