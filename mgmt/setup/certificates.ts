import { randomBytes, X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { daysLeft, formatAltNames, renewalReason, type ServerFiles } from './certificate-state.ts';
import { openssl } from './openssl.ts';
import { replaceFile } from './replace-file.ts';

const caDays = 3650;
const serverDays = 1095;

/** The certificates of a management node, in its configuration directory. */
export interface CertificatePaths {
  /** Goes into every initramfs: nodes trust what it signed. */
  readonly ca: string;
  readonly caKey: string;
  readonly cert: string;
  readonly key: string;
}

export function certificatePaths(etc: string): CertificatePaths {
  const at = (name: string) => join(etc, name);
  return {
    ca: at('ca.pem'),
    caKey: at('ca-key.pem'),
    cert: at('server-cert.pem'),
    key: at('server-key.pem'),
  };
}

/**
 * Makes the CA once, and the server certificate whenever it is missing, near its end, or for other
 * names. The CA is never replaced: the initramfs of every node holds it. A line per file made or
 * kept.
 */
export async function ensureCertificates(
  etc: string,
  names: readonly string[],
  now: Date,
): Promise<string[]> {
  const paths = certificatePaths(etc);
  await mkdir(etc, { recursive: true });
  // Beside the files, so that they are renamed into place; closed, because it holds keys.
  const work = await mkdtemp(join(etc, '.certificates-'));
  try {
    await chmod(work, 0o700);
    const caLine = await ensureCa(paths, work);
    return [caLine, await ensureServer(paths, names, now, work)];
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function ensureCa({ ca, caKey }: CertificatePaths, work: string): Promise<string> {
  const [cert, key] = [await readIfThere(ca), await readIfThere(caKey)];
  if (cert !== undefined && key !== undefined) {
    return `${ca}: kept, valid until ${new X509Certificate(cert).validTo}`;
  }
  if (cert !== undefined || key !== undefined) {
    const [there, missing] = cert === undefined ? [caKey, ca] : [ca, caKey];
    throw new StateliteError('ERR_STATELITE_SETUP', `${missing} is missing, ${there} is there`, {
      hint: `restore it; or remove ${there} for a new CA, which every initramfs then needs (genimage)`,
    });
  }
  const [newKey, newCert] = [join(work, 'ca-key.pem'), join(work, 'ca.pem')];
  await makeKey(newKey);
  // prettier-ignore
  await openssl([
    'req', '-x509', '-new', '-sha256', '-key', newKey, '-out', newCert,
    '-days', String(caDays), '-subj', '/CN=statelite CA', '-set_serial', serial(),
    '-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0',
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
  ]);
  await replaceFile(caKey, await readFile(newKey, 'utf8'), 0o600);
  await replaceFile(ca, await readFile(newCert, 'utf8'), 0o644);
  return `${ca}: made, put it into every initramfs (genimage does)`;
}

async function ensureServer(
  paths: CertificatePaths,
  names: readonly string[],
  now: Date,
  work: string,
): Promise<string> {
  const ca = await readFile(paths.ca, 'utf8');
  const old = await readServerFiles(paths);
  const reason = renewalReason(old, ca, names, now);
  if (old !== undefined && reason === undefined) {
    return `${paths.cert}: kept, ${daysLeft(new X509Certificate(old.cert), now)} days left`;
  }
  const at = (name: string) => join(work, name);
  await makeKey(at('key.pem'));
  await writeFile(at('extensions'), extensions(names));
  // prettier-ignore
  await openssl([
    'req', '-new', '-sha256', '-key', at('key.pem'), '-out', at('request.pem'),
    '-subj', '/CN=statelite management node',
  ]);
  // prettier-ignore
  await openssl([
    'x509', '-req', '-sha256', '-in', at('request.pem'), '-out', at('cert.pem'),
    '-CA', paths.ca, '-CAkey', paths.caKey, '-set_serial', serial(),
    '-days', String(serverDays), '-extfile', at('extensions'),
  ]);
  await replaceFile(paths.key, await readFile(at('key.pem'), 'utf8'), 0o600);
  await replaceFile(paths.cert, await readFile(at('cert.pem'), 'utf8'), 0o644);
  return `${paths.cert}: made for ${names.join(', ')}: ${reason}`;
}

function extensions(names: readonly string[]): string {
  const lines = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    'subjectKeyIdentifier=hash',
    'authorityKeyIdentifier=keyid',
    `subjectAltName=${formatAltNames(names)}`,
  ];
  return `${lines.join('\n')}\n`;
}

async function makeKey(path: string): Promise<void> {
  // prettier-ignore
  await openssl([
    'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path,
  ]);
}

function serial(): string {
  // 127 bits: positive, and never the same twice.
  return `0x${(BigInt(`0x${randomBytes(16).toString('hex')}`) >> 1n).toString(16)}`;
}

async function readServerFiles(paths: CertificatePaths): Promise<ServerFiles | undefined> {
  const [cert, key] = [await readIfThere(paths.cert), await readIfThere(paths.key)];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
