import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, type AuthorityPaths, ensureAuthority } from './certificate-authority.ts';
import { issue } from './certificate-issue.ts';
import {
  certificatesIn,
  type CertifiedKey,
  daysLeft,
  formatAltNames,
  otherNames,
  renewalReason,
} from './certificate-state.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { replaceFile } from './replace-file.ts';
import { withClosedDirectory } from './work-directory.ts';

const serverDays = 1095;

/** The certificates of a management node, in its configuration directory. */
export interface CertificatePaths extends AuthorityPaths {
  readonly cert: string;
  readonly key: string;
}

export function certificatePaths(etc: string): CertificatePaths {
  const at = (name: string) => join(etc, name);
  return {
    ca: at('ca.pem'),
    caKey: at('ca-key.pem'),
    nextCaKey: at('ca-next-key.pem'),
    cert: at('server-cert.pem'),
    key: at('server-key.pem'),
  };
}

/** The common name of the server certificate; policy row 1.2 trusts it, as in stock xCAT. */
export const serverName = 'statelite management node';

/**
 * Makes the CA once and its successor in time, and the server certificate whenever it is missing,
 * near its end, or for other names. `rotate` as in `ensureAuthority`. A line per file made or kept.
 */
export async function ensureCertificates(
  etc: string,
  names: readonly string[],
  now: Date,
  rotate = false,
): Promise<string[]> {
  const paths = certificatePaths(etc);
  await mkdir(etc, { recursive: true });
  // Beside the files, so that they are renamed into place.
  return withClosedDirectory(etc, async (work) => {
    const { authority, line } = await ensureAuthority(paths, work, now, rotate);
    return [line, await ensureServer(paths, names, now, work, authority)];
  });
}

async function ensureServer(
  paths: CertificatePaths,
  names: readonly string[],
  now: Date,
  work: string,
  authority: Authority,
): Promise<string> {
  const old = await readServerFiles(paths);
  const reason = renewalReason(old, authority.certificate, now, otherNames(names));
  const [certificate] = certificatesIn(old?.cert ?? '');
  if (certificate !== undefined && reason === undefined) {
    return `${paths.cert}: kept, ${daysLeft(certificate, now)} days left`;
  }
  const { cert, key } = await issue(work, authority, {
    name: serverName,
    days: Math.min(serverDays, Math.max(1, daysLeft(authority.certificate, now))),
    extensions: [
      'extendedKeyUsage=serverAuth,clientAuth',
      `subjectAltName=${formatAltNames(names)}`,
    ],
  });
  await replaceFile(paths.key, key, 0o600);
  await replaceFile(paths.cert, cert, 0o644);
  return `${paths.cert}: made for ${names.join(', ')}: ${reason}`;
}

async function readServerFiles(paths: CertificatePaths): Promise<CertifiedKey | undefined> {
  const [cert, key] = [await readIfThere(paths.cert), await readIfThere(paths.key)];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}
