import { StateliteError } from '../../../agent/errors.ts';
import type { TableRows } from '../../db/tables.ts';
import type { ImageTree } from './inside.ts';
import { opensslPasswd } from './openssl-passwd.ts';

/** The row `system`, `root` of the passwd table. */
export interface RootPassword {
  readonly password: string;
  /** How a plain password is encrypted; blank is sha512. */
  readonly cryptmethod: string;
}

/** What crypt(3) prints, and the words that lock an account. */
const encrypted = /^(\$(1|5|6|y|gy|7|2[abxy])\$[!-9;-~]+|[*!]+)$/;
const shadow = '/etc/shadow';
const opensslOptions: Readonly<Record<string, string>> = {
  '': '-6',
  sha512: '-6',
  sha256: '-5',
  md5: '-1',
};

/** What the passwd table has for root; undefined if there is no such row. */
export function rootPasswordIn({ passwd }: Pick<TableRows, 'passwd'>): RootPassword | undefined {
  const row = passwd.find(({ key, username }) => key === 'system' && username === 'root');
  if (row === undefined) return undefined;
  return { password: row.password ?? '', cryptmethod: row.cryptmethod ?? '' };
}

/** Sets root's password, or locks the account if there is none, and says what it did. */
export async function setRootPassword(
  tree: ImageTree,
  given: RootPassword | undefined,
): Promise<string> {
  const hash = given === undefined || given.password === '' ? '*' : await hashOf(given);
  const before = await tree.read(shadow);
  if (before === undefined) {
    throw new StateliteError('ERR_STATELITE_IMAGE', `the image ${tree.root} has no ${shadow}`, {
      hint: 'are its packages of accounts installed (Debian: login and passwd; others: setup and shadow-utils)?',
    });
  }
  await tree.write(shadow, withRootHash(before, hash));
  if (hash.startsWith('$')) return 'root can log in with the password of the passwd table';
  return (
    'root has no password and cannot log in: ' +
    'chtab key=system,username=root passwd.password=…, then genimage again'
  );
}

/** The text of /etc/shadow with another password field for root. */
export function withRootHash(shadowText: string, hash: string): string {
  if (!/^root:/m.test(shadowText)) return `root:${hash}:13880:0:99999:7:::\n${shadowText}`;
  return shadowText.replace(/^root:[^:]*/m, () => `root:${hash}`);
}

/** The password field for a row: as it is if encrypted already, else encrypted. */
export async function hashOf({ password, cryptmethod }: RootPassword): Promise<string> {
  if (encrypted.test(password)) return password;
  const option = opensslOptions[cryptmethod.trim().toLowerCase()];
  if (option === undefined) {
    throw unusable(`cryptmethod ${JSON.stringify(cryptmethod)} is unknown`, {
      hint: 'use sha512, sha256 or md5, or store the password as crypt(3) prints it',
    });
  }
  if (/[\r\n\0]/.test(password)) throw unusable('the password holds a line break');
  const hash = await opensslPasswd([option], password);
  if (encrypted.test(hash)) return hash;
  throw new StateliteError('ERR_STATELITE_COMMAND', 'openssl passwd printed no password field');
}

function unusable(reason: string, options: { hint?: string } = {}): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `passwd row key=system, username=root: ${reason}`,
    options,
  );
}
