import { execFile } from 'node:child_process';
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
});
