import type { X509Certificate } from 'node:crypto';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { type Authority, readAuthority } from './certificate-authority.ts';
import { issue } from './certificate-issue.ts';
import {
  caSubject,
  certificatesIn,
  daysLeft,
  isIssuedBy,
  renewalReason,
} from './certificate-state.ts';
import { certificatePaths } from './certificates.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { withClosedDirectory } from './work-directory.ts';

const clientDays = 1095;

/** Whom a client certificate is for, and the directory where their programs look for it. */
export interface Client {
  readonly name: string;
  /** `~/.xcat` for clients of stock xCAT: they read client-cred.pem and ca.pem. */
  readonly directory: string;
}

/**
 * The name of an administrator as certificates and policy rows have it. Throws ERR_STATELITE_USAGE
 * for what is no login name: nothing of it must mean something to openssl, a path or a word list.
 */
export function checkAdminName(name: string): string {
  if (/^[a-z_][a-z0-9_.@-]{0,63}$/iu.test(name)) return name;
  throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(name)} is no login name`, {
    hint: 'write letters, digits and . _ @ -, 64 at most, beginning with a letter',
  });
}

/** What came of it, in a line; or the file of somebody else because of which nothing was done. */
export type Ensured = { readonly line: string } | { readonly foreign: string };

/**
 * Makes a client certificate with its key, and the CA's beside it, or renews what this CA made for
 * this name before. They belong to the owner of the directory. Throws ERR_STATELITE_SETUP without
 * a CA.
 */
export async function ensureClientCertificate(
  etc: string,
  { name, directory }: Client,
  now: Date,
): Promise<Ensured> {
  const authority = await readAuthority(certificatePaths(etc));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [credPath, caPath] = [join(directory, 'client-cred.pem'), join(directory, 'ca.pem')];
  const [cred, ca] = [await readIfThere(credPath), await readIfThere(caPath)];
  if (cred !== undefined && !isFor(name, cred, authority, now)) return { foreign: credPath };
  if (ca !== undefined && !isOurs(ca, authority)) return { foreign: caPath };

  return withClosedDirectory(directory, async (work) => {
    const put = async (path: string, text: string, mode: number) => {
      await putFile(join(work, 'put'), path, text, mode);
    };
    if (ca !== authority.bundle) await put(caPath, authority.bundle, 0o644);
    const files = cred === undefined ? undefined : { cert: cred, key: cred };
    const reason = renewalReason(files, authority.certificate, now, () => undefined);
    const [certificate] = certificatesIn(cred ?? '');
    if (certificate !== undefined && reason === undefined) {
      return { line: `${credPath}: kept, ${daysLeft(certificate, now)} days left` };
    }
    const made = await issue(work, authority, {
      name,
      days: Math.min(clientDays, Math.max(1, daysLeft(authority.certificate, now))),
      extensions: ['extendedKeyUsage=clientAuth'],
    });
    await put(credPath, made.key + made.cert, 0o600);
    return { line: `${credPath}: made for ${name}: ${reason}` };
  });
}

/** Whether the CA made this for the name. What an earlier CA made has ended, like that CA. */
function isFor(name: string, text: string, authority: Authority, now: Date): boolean {
  const [certificate] = certificatesIn(text);
  if (certificate?.subject !== `CN=${name}`) return false;
  return (
    certificatesIn(authority.bundle).some((ca) => isIssuedBy(certificate, ca)) ||
    (certificate.issuer === caSubject && daysLeft(certificate, now) < 0)
  );
}

/** A list of CAs of which we know one, and which are all called like ours. */
function isOurs(text: string, { bundle }: Authority): boolean {
  const serials = new Set(certificatesIn(bundle).map(({ serialNumber }) => serialNumber));
  const theirs: readonly X509Certificate[] = certificatesIn(text);
  return (
    theirs.some(({ serialNumber }) => serials.has(serialNumber)) &&
    theirs.every(({ subject }) => subject === caSubject)
  );
}

/** The directory may be a user's: nothing of theirs is followed or written to. */
async function putFile(beside: string, path: string, text: string, mode: number): Promise<void> {
  const { uid, gid } = await stat(join(path, '..'));
  const file = await open(beside, 'wx', mode);
  try {
    await file.chmod(mode);
    await file.chown(uid, gid);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
