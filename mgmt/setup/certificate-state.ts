import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { normalAddress } from '../daemon/address-book.ts';

/** A server certificate is replaced when fewer days than this are left. */
const renewalDays = 60;
const day = 24 * 60 * 60 * 1000;

/** PEM texts as they lie on the disk. */
export interface ServerFiles {
  readonly cert: string;
  readonly key: string;
}

/**
 * Why the server certificate must be made anew, in words for the operator; undefined if it may
 * stay. `names` are the host names and addresses that clients connect to.
 */
export function renewalReason(
  files: ServerFiles | undefined,
  ca: string,
  names: readonly string[],
  now: Date,
): string | undefined {
  if (files === undefined) return 'there is none yet';
  const certificate = readPem(() => new X509Certificate(files.cert));
  const key = readPem(() => createPrivateKey(files.key));
  if (certificate === undefined || key === undefined) return 'it is not readable';
  const authority = new X509Certificate(ca);
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) {
    return 'it is from another CA';
  }
  if (!certificate.checkPrivateKey(key)) return 'its key is another one';
  const left = daysLeft(certificate, now);
  if (left < renewalDays) return `it is valid for ${left} more days`;
  const has = certificateNames(certificate).toSorted();
  const wanted = [...new Set(names.map(oneSpelling))].toSorted();
  return has.join() === wanted.join() ? undefined : `it is for ${has.join(', ')}`;
}

/** The subject alternative names, addresses in their normal spelling. */
export function certificateNames({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map((entry) => entry.slice(entry.indexOf(':') + 1))
    .filter((name) => name !== '')
    .map(oneSpelling);
}

/** Whole days until the certificate ends; negative afterwards. */
export function daysLeft({ validTo }: X509Certificate, now: Date): number {
  return Math.floor((Date.parse(validTo) - now.getTime()) / day);
}

/** The value of openssl's subjectAltName extension. */
export function formatAltNames(names: readonly string[]): string {
  return [...new Set(names.map(oneSpelling))]
    .map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`)
    .join(',');
}

function readPem<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_OSSL')) {
      return undefined;
    }
    throw error;
  }
}

function oneSpelling(name: string): string {
  return normalAddress(name) ?? name.toLowerCase();
}
