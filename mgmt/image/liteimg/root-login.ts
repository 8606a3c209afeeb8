import { opensslPasswd } from '../genimage/openssl-passwd.ts';
import { hashOf, type RootPassword } from '../genimage/root-password.ts';

/** How root logs in on a node: by the password of the passwd table, or not (site.secureroot). */
export type RootLogin = RootPassword | 'locked';

/**
 * Root's field for a text of /etc/shadow; undefined if it is right already. A plain password that
 * the present field is made of is right, whatever its salt. Throws ERR_STATELITE_IMAGE if the
 * password cannot be used.
 */
export async function rootHash(login: RootLogin, shadow: string): Promise<string | undefined> {
  const present = /^root:(?<field>[^:\n]*)/mu.exec(shadow)?.groups?.['field'];
  if (login === 'locked') return present === '*' ? undefined : '*';
  const hash = await hashOf(login);
  if (hash === present) return undefined;
  const isPlain = hash !== login.password;
  return isPlain && present !== undefined && (await isMadeOf(present, hash, login.password))
    ? undefined
    : hash;
}

/** Only if both are of one method: the table may have changed to another. */
async function isMadeOf(present: string, other: string, password: string): Promise<boolean> {
  const shape = /^\$(?<method>[156])\$(?<salt>[^$]+)\$/u;
  const { method, salt } = shape.exec(present)?.groups ?? {};
  if (method === undefined || salt === undefined) return false;
  if (shape.exec(other)?.groups?.['method'] !== method) return false;
  return (await opensslPasswd([`-${method}`, '-salt', salt], password)) === present;
}
