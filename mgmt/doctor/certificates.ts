import { createPrivateKey, X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hasCode } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { normalAddress } from '../daemon/address-book.ts';
import { certificateNames, daysLeft } from '../setup/certificate-state.ts';
import { certificatePaths } from '../setup/certificates.ts';
import type { Check } from './check.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Site } from './site.ts';

/** Below it an end is a warning; setup renews the server's certificate 60 days before. */
const soonDays = 30;

/** Certificates as they lie on the disk, PEM texts; undefined if there is no such file. */
export interface CertificateFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Mode of the key's file. */
  readonly keyMode: number | undefined;
}

/** What the nodes need the certificate to be. */
export interface Wanted {
  readonly etc: string;
  readonly now: Date;
  /** What nodes call this machine: XCAT= of their kernel arguments. */
  readonly names: readonly string[];
}

export const certificates: Check<Site> = {
  group: 'certificates',
  name: 'certificates',
  async look({ settings: { etc }, boots, now }) {
    const paths = certificatePaths(etc);
    const files = {
      ca: await readIfThere(paths.ca, 'ENOTDIR'),
      cert: await readIfThere(paths.cert, 'ENOTDIR'),
      key: await readIfThere(paths.key, 'ENOTDIR'),
      keyMode: await modeOf(paths.key),
    };
    const names = [...new Set(boots.map(({ cmdline }) => cmdline.xcat.host))];
    return judgeCertificates(files, { etc, now, names });
  },
};

/** Whether a node that trusts the CA would trust this machine. */
export function judgeCertificates(files: CertificateFiles, wanted: Wanted): Finding[] {
  const { ca: caFile, cert: certFile, key: keyFile } = certificatePaths(wanted.etc);
  const missing = [
    ...(files.ca === undefined ? [caFile] : []),
    ...(files.cert === undefined ? [certFile] : []),
    ...(files.key === undefined ? [keyFile] : []),
  ];
  if (files.ca === undefined || files.cert === undefined || files.key === undefined) {
    return [fail(`there is no ${missing.join(', ')}`, setupFor(wanted.names))];
  }
  const ca = readPem(files.ca, (pem) => new X509Certificate(pem));
  const cert = readPem(files.cert, (pem) => new X509Certificate(pem));
  const key = readPem(files.key, createPrivateKey);
  if (ca === undefined) return [unreadable(caFile, 'restore it: every initramfs has its CA')];
  if (cert === undefined) return [unreadable(certFile, renewal(cert, wanted.names))];
  if (key === undefined) return [unreadable(keyFile, renewal(cert, wanted.names))];
  const findings = [
    ...judgeDates(
      'the CA',
      ca,
      wanted.now,
      `a new CA is for every initramfs: move ${caFile} and its key away, ${setupFor(wanted.names)}, then genimage --onlyinitrd <image>`,
    ),
    ...judgeDates('the server certificate', cert, wanted.now, renewal(cert, wanted.names)),
    ...judgeChain(cert, ca, wanted),
    ...(cert.checkPrivateKey(key)
      ? []
      : [fail(`${keyFile} is not the key of ${certFile}`, renewal(cert, wanted.names))]),
    ...judgeMode(files.keyMode, keyFile),
    ...judgeSubject(cert, wanted),
  ];
  if (findings.length > 0) return findings;
  const left = daysLeft(cert, wanted.now);
  return [
    ok(`the server certificate is of our CA, for ${left} more days, and has the names nodes use`),
  ];
}

function judgeDates(what: string, of: X509Certificate, now: Date, hint: string): Finding[] {
  if (Date.parse(of.validFrom) > now.getTime()) {
    const clock = `${what} is valid from ${of.validFrom} on, and it is ${now.toUTCString()} here`;
    return [fail(clock, 'correct the clock: timedatectl set-ntp true')];
  }
  const left = daysLeft(of, now);
  if (left < 0) return [fail(`${what} ended on ${of.validTo}: nodes refuse it`, hint)];
  return left < soonDays ? [warn(`${what} ends in ${left} days`, hint)] : [];
}

function judgeChain(cert: X509Certificate, ca: X509Certificate, { etc, names }: Wanted): Finding[] {
  if (cert.checkIssued(ca) && cert.verify(ca.publicKey)) return [];
  const { ca: caFile, cert: certFile } = certificatePaths(etc);
  const message = `${certFile} was not signed by ${caFile}: nodes do not trust it`;
  return [fail(message, renewal(cert, names))];
}

function judgeMode(mode: number | undefined, path: string): Finding[] {
  if (mode === undefined || (mode & 0o077) === 0) return [];
  return [warn(`others than its owner may read ${path}`, `chmod 600 ${path}`)];
}

function judgeSubject(cert: X509Certificate, { names }: Wanted): Finding[] {
  const has = certificateNames(cert);
  const missing = names.filter((name) => !has.includes(normalAddress(name) ?? name.toLowerCase()));
  if (missing.length === 0) return [];
  const message = `the server certificate is for ${has.join(', ') || 'nobody'}, and nodes ask ${missing.join(', ')}`;
  return [fail(message, renewal(cert, names))];
}

/** Setup makes the server's certificate anew by itself if it is missing, old or for other names. */
function renewal(cert: X509Certificate | undefined, names: readonly string[]): string {
  return setupFor([...new Set([...(cert === undefined ? [] : certificateNames(cert)), ...names])]);
}

function setupFor(names: readonly string[]): string {
  const servers = names.length === 0 ? ['<address>'] : names;
  const options = servers.map((name) => `--server ${name}`).join(' ');
  return `statelite setup --network <network>/<bits> ${options}, then systemctl reload statelite`;
}

function unreadable(path: string, hint: string): Finding {
  return fail(`${path} is not readable as PEM`, hint);
}

function readPem<T>(pem: string, read: (pem: string) => T): T | undefined {
  try {
    return read(pem);
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_OSSL')) {
      return undefined;
    }
    throw error;
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
