import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { caSubject, type CertifiedKey } from './certificate-state.ts';
import { openssl } from './openssl.ts';

/** Who signs: the CA's certificate as PEM text, its key as a file. */
export interface Signer {
  readonly cert: string;
  readonly keyFile: string;
}

/** What a certificate is to say. */
export interface Wanted {
  /** The common name; plain words, since openssl gives `/` a meaning. */
  readonly name: string;
  readonly days: number;
  readonly extensions: readonly string[];
}

/** Makes a P-256 key and has it certified. `work` is a closed directory for the files between. */
export async function issue(work: string, signer: Signer, wanted: Wanted): Promise<CertifiedKey> {
  const at = (name: string) => join(work, name);
  await makeKey(at('key.pem'));
  await writeFile(at('signer.pem'), signer.cert);
  const lines = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'subjectKeyIdentifier=hash',
    'authorityKeyIdentifier=keyid',
    ...wanted.extensions,
  ];
  await writeFile(at('extensions'), `${lines.join('\n')}\n`);
  // prettier-ignore
  await openssl([
    'req', '-new', '-sha256', '-key', at('key.pem'), '-out', at('request.pem'),
    '-subj', `/CN=${wanted.name}`,
  ]);
  // prettier-ignore
  await openssl([
    'x509', '-req', '-sha256', '-in', at('request.pem'), '-out', at('cert.pem'),
    '-CA', at('signer.pem'), '-CAkey', signer.keyFile, '-set_serial', serial(),
    '-days', String(wanted.days), '-extfile', at('extensions'),
  ]);
  return readBoth(at('cert.pem'), at('key.pem'));
}

/** Makes a CA that signs certificates of machines and people, and no further CA. */
export async function makeAuthority(work: string, days: number): Promise<CertifiedKey> {
  const [key, cert] = [join(work, 'ca-key.pem'), join(work, 'ca.pem')];
  await makeKey(key);
  // prettier-ignore
  await openssl([
    'req', '-x509', '-new', '-sha256', '-key', key, '-out', cert,
    '-days', String(days), '-subj', `/${caSubject}`, '-set_serial', serial(),
    '-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0',
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
  ]);
  return readBoth(cert, key);
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

async function readBoth(cert: string, key: string): Promise<CertifiedKey> {
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
}
