import type { X509Certificate } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { StateliteError } from '../../agent/errors.ts';
import { makeAuthority, type Signer } from './certificate-issue.ts';
import { certificatesIn, daysLeft, isNearEnd, privateKeyIn } from './certificate-state.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { replaceFile } from './replace-file.ts';

const caDays = 3650;

/** So many days before its end a CA gives way to the next, if one has been made before. */
const takeoverDays = 60;

/** The files of the CA. */
export interface AuthorityPaths {
  /**
   * Goes into every initramfs: nodes trust what its certificates signed. While one CA follows
   * another it holds both.
   */
  readonly ca: string;
  /** The key that signs; its certificate is in `ca`. */
  readonly caKey: string;
  /** The key that will sign next, while one CA follows another. */
  readonly nextCaKey: string;
}

export interface Authority extends Signer {
  readonly certificate: X509Certificate;
  /** All that are trusted, as PEM text: the one that signs, the next one, and those before. */
  readonly bundle: string;
}

/** What one run of setup found or did, with a line about it. */
export interface EnsuredAuthority {
  readonly authority: Authority;
  readonly line: string;
}

/**
 * Makes the CA once. Near its end, or if `rotate` says so, the next one is made and trusted beside
 * it; it signs from a later run on: the next with `rotate`, or the first in the last days. What
 * signs is decided by ca-key.pem alone, so that a stop between two files changes nothing. Throws
 * ERR_STATELITE_SETUP for files that do not belong together.
 */
export async function ensureAuthority(
  paths: AuthorityPaths,
  work: string,
  now: Date,
  rotate: boolean,
): Promise<EnsuredAuthority> {
  const [bundle, key] = [await readIfThere(paths.ca), await readIfThere(paths.caKey)];
  if (bundle === undefined && key === undefined) return makeFirst(paths, work);
  if (bundle === undefined || key === undefined) {
    const [there, missing] =
      bundle === undefined ? [paths.caKey, paths.ca] : [paths.ca, paths.caKey];
    throw new StateliteError('ERR_STATELITE_SETUP', `${missing} is missing, ${there} is there`, {
      hint: `restore it; or remove ${there} for a new CA, which every initramfs then needs (genimage)`,
    });
  }
  const authority = authorityOf(paths, bundle, key);
  const next = ownerOf(await readIfThere(paths.nextCaKey), bundle);
  const left = daysLeft(authority.certificate, now);
  if (next !== undefined && (rotate || left < takeoverDays)) {
    return takeOver(paths, authority, next, now);
  }
  if (next === undefined && (rotate || isNearEnd(authority.certificate, now))) {
    const both = await makeNext(paths, authority, work);
    const made = ownerOf(await readIfThere(paths.nextCaKey), both.bundle);
    if (left < 0 && made !== undefined) return takeOver(paths, both, made, now);
    return { authority: both, line: waiting(paths, authority) };
  }
  const ends = authority.certificate.validTo;
  const kept = `${paths.ca}: kept, valid until ${ends}`;
  return { authority, line: next === undefined ? kept : waiting(paths, authority) };
}

/** Reads the CA that setup made. Throws ERR_STATELITE_SETUP if there is none or it is not whole. */
export async function readAuthority(paths: AuthorityPaths): Promise<Authority> {
  const [bundle, key] = [await readIfThere(paths.ca), await readIfThere(paths.caKey)];
  if (bundle !== undefined && key !== undefined) return authorityOf(paths, bundle, key);
  throw new StateliteError('ERR_STATELITE_SETUP', `there is no CA in ${paths.ca}`, {
    hint: 'make it first: statelite setup --network 10.77.0.0/24 --server 10.77.0.1',
  });
}

async function makeFirst(paths: AuthorityPaths, work: string): Promise<EnsuredAuthority> {
  const { cert, key } = await makeAuthority(work, caDays);
  await replaceFile(paths.caKey, key, 0o600);
  await replaceFile(paths.ca, cert, 0o644);
  const line = `${paths.ca}: made, put it into every initramfs (genimage does)`;
  return { authority: authorityOf(paths, cert, key), line };
}

async function makeNext(
  paths: AuthorityPaths,
  authority: Authority,
  work: string,
): Promise<Authority> {
  const { cert, key } = await makeAuthority(work, caDays);
  // The key first: without a certificate it counts for nothing and is made again.
  await replaceFile(paths.nextCaKey, key, 0o600);
  const bundle = `${authority.bundle.trimEnd()}\n${cert}`;
  await replaceFile(paths.ca, bundle, 0o644);
  return { ...authority, bundle };
}

async function takeOver(
  paths: AuthorityPaths,
  { bundle }: Authority,
  next: X509Certificate,
  now: Date,
): Promise<EnsuredAuthority> {
  const before = certificatesIn(bundle).filter(
    (each) => each.serialNumber !== next.serialNumber && daysLeft(each, now) >= 0,
  );
  const text = [next, ...before].map((each) => each.toString()).join('');
  await rename(paths.nextCaKey, paths.caKey);
  await replaceFile(paths.ca, text, 0o644);
  return {
    authority: { cert: next.toString(), keyFile: paths.caKey, certificate: next, bundle: text },
    line: `${paths.ca}: the next CA signs from now on, until ${next.validTo}; nodes need an initramfs that has it (genimage --onlyinitrd)`,
  };
}

function waiting({ ca }: AuthorityPaths, { certificate }: Authority): string {
  const until = new Date(certificate.validToDate.getTime() - takeoverDays * 86_400_000);
  const day = until.toISOString().slice(0, 10);
  return `${ca}: ends ${certificate.validTo}, the next CA stands beside it: put both into every initramfs (genimage --onlyinitrd) before ${day}, when the next one signs; or sooner, then setup --rotate-ca`;
}

function authorityOf(paths: AuthorityPaths, bundle: string, key: string): Authority {
  const certificate = ownerOf(key, bundle);
  if (certificate === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_SETUP',
      `${paths.caKey} is not the key of a certificate in ${paths.ca}`,
      { hint: 'restore both; or remove both for a new CA, which every initramfs then needs' },
    );
  }
  return { cert: certificate.toString(), keyFile: paths.caKey, certificate, bundle };
}

/** The certificate that a key belongs to. */
function ownerOf(key: string | undefined, bundle: string): X509Certificate | undefined {
  const owner = key === undefined ? undefined : privateKeyIn(key);
  if (owner === undefined) return undefined;
  return certificatesIn(bundle).find((certificate) => certificate.checkPrivateKey(owner));
}
