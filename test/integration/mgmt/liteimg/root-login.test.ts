import { describe, expect, test } from 'vitest';
import { rootHash } from '../../../../mgmt/image/liteimg/root-login.ts';
import { failure } from '../../../helpers/rows.ts';

const plain = { password: 'secret', cryptmethod: '' };

describe("root's field of /etc/shadow", () => {
  test('is made of a plain password once, and is right from then on', async () => {
    const hash = await rootHash(plain, 'daemon:*:1::::::\nroot:*:1::::::\n');
    expect(hash).toMatch(/^\$6\$/u);
    expect(await rootHash(plain, `root:${hash}:1::::::\n`)).toBeUndefined();
  });

  test('changes with the password and with its method', async () => {
    const shadow = `root:${await rootHash(plain, '')}:1::::::\n`;
    expect(await rootHash({ ...plain, password: 'other' }, shadow)).toMatch(/^\$6\$/u);
    expect(await rootHash({ ...plain, cryptmethod: 'sha256' }, shadow)).toMatch(/^\$5\$/u);
  });

  test('is what the table has, if that is encrypted', async () => {
    const encrypted = { password: '$6$salt$hash', cryptmethod: '' };
    expect(await rootHash(encrypted, 'root:*:::\n')).toBe('$6$salt$hash');
    expect(await rootHash(encrypted, 'root:$6$salt$hash:::\n')).toBeUndefined();
  });

  test('locks root out, if the site says so (mgmt QUIRK-33)', async () => {
    expect(await rootHash('locked', 'root:$6$salt$hash:::\n')).toBe('*');
    expect(await rootHash('locked', 'root:*:::\n')).toBeUndefined();
  });

  test('is refused of a method that nobody knows (mgmt QUIRK-32)', async () => {
    await expect(rootHash({ ...plain, cryptmethod: 'rot13' }, 'root:*:::\n')).rejects.toThrow(
      failure('ERR_STATELITE_IMAGE', 'rot13'),
    );
  });
});
