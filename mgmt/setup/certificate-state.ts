import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { normalAddress } from '../daemon/address-book.ts';

/** A certificate is replaced when fewer days than this are left, or a third of its life. */
const renewalDays = 30;
/** Every CA made here has it, so that one is known after it has ended too. */
export const caSubject = 'CN=statelite CA';

const day = 24 * 60 * 60 * 1000;

/** PEM texts as they lie on the disk. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

/** Why a certificate does not do in the eyes of its user; undefined if it does. */
export type Complaint = (certificate: X509Certificate) => string | undefined;

/**
 * Why a certificate must be made anew, in words for the operator; undefined if it may stay. `ca` is
 * the one that signs now.
 */
export function renewalReason(
  files: CertifiedKey | undefined,
  ca: X509Certificate,
  now: Date,
  complaint: Complaint,
): string | undefined {
  if (files === undefined) return 'there is none yet';
  const [certificate] = certificatesIn(files.cert);
  const key = privateKeyIn(files.key);
  if (certificate === undefined || key === undefined) return 'it is not readable';
  if (!isIssuedBy(certificate, ca)) return 'it is from another CA';
  if (!certificate.checkPrivateKey(key)) return 'its key is another one';
  if (isNearEnd(certificate, now)) return `it is valid for ${daysLeft(certificate, now)} more days`;
  return complaint(certificate);
}

/** Complains of a server certificate for other host names and addresses than these. */
export function otherNames(names: readonly string[]): Complaint {
  const wanted = [...new Set(names.map(oneSpelling))].toSorted();
  return (certificate) => {
    const has = certificateNames(certificate).toSorted();
    return has.join() === wanted.join() ? undefined : `it is for ${has.join(', ')}`;
  };
}

/** The certificates of a PEM text in their order; none if a single one is not readable. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  return readPem(() => blocks.map((block) => new X509Certificate(block))) ?? [];
}

/** The first private key of a PEM text; undefined if there is none that can be read. */
export function privateKeyIn(pem: string): KeyObject | undefined {
  return readPem(() => createPrivateKey(pem));
}

export function isIssuedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

/** Less than a month or a third of its life is left. */
export function isNearEnd(certificate: X509Certificate, now: Date): boolean {
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const left = to - now.getTime();
  return left < renewalDays * day || left < (to - from) / 3;
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
export function daysLeft({ validToDate }: X509Certificate, now: Date): number {
  return Math.floor((validToDate.getTime() - now.getTime()) / day);
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
