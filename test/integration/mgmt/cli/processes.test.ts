import { execFile, spawnSync, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { management, type Management } from '../../../helpers/mgmt.ts';

const program = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;

const start = (mn: Management, ...argv: string[]) =>
  promisify(execFile)(process.execPath, [program, ...argv], { env: { ...mn.io.env } });

describe('commands as processes', () => {
  test('twenty at once make the database and lose nothing', { timeout: 120_000 }, async () => {
    await using mn = await management();
    const words = Array.from({ length: 20 }, (_, index) => `w${index}`);
    await Promise.all(words.map((word) => start(mn, 'chtab', 'key=list', `site.value+=${word}`)));
    const [row] = await mn.store().select(tables.site);
    expect(row?.value?.split(',').toSorted()).toEqual(words.toSorted());
  });

  test('exit with their status and keep stdout for results', async () => {
    await using mn = await management();
    await mn.run('chtab', 'key=x', 'site.value=1');
    expect(await start(mn, 'tabdump', 'mac')).toEqual({
      stdout: '#node,interface,mac,comments,disable\n',
      stderr: '',
    });
    await expect(start(mn, 'tabdump', 'nosuch')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'statelite: ERR_STATELITE_NOT_FOUND: No such table: nosuch\nstatelite: hint: tabdump lists the tables\n',
    });
    await expect(start(mn, 'nosuch')).rejects.toMatchObject({ code: 2 });
  });

  test('say in one line that their output cannot be written', async () => {
    await using mn = await management();
    using full = openFull();
    const stdio: StdioOptions = ['ignore', full.fd, 'pipe'];
    const { status, stderr } = spawnSync(process.execPath, [program, 'tabdump'], {
      env: { ...mn.io.env },
      stdio,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'statelite: cannot write the output: no space left on device\n',
    });
  });

  test('of somebody who may not are refused without a stack', async () => {
    await using mn = await management();
    await mn.run('nodeadd', 'n1', 'groups=all', 'hosts.ip=10.0.0.1');
    await mkdir(join(mn.directory, 'state/reports'), { mode: 0o700 });
    await chmod(mn.directory, 0o755);
    const { stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--clear-groups', process.execPath, program, 'report'],
      { env: { ...mn.io.env }, encoding: 'utf8' },
    );
    const reports = join(mn.directory, 'state/reports');
    expect(stderr).toMatch(
      new RegExp(
        `^statelite: ERR_STATELITE_FILE: cannot list ${reports}: permission denied\nstatelite: hint: become root.*\n$`,
        'u',
      ),
    );
  });
});

/** A device that is always full. */
function openFull(): Disposable & { readonly fd: number } {
  const fd = openSync('/dev/full', 'w');
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
