import { createPrivateKey, X509Certificate } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';

let etc: string;

beforeEach(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
});
afterEach(() => rm(etc, { recursive: true }));

const now = () => new Date();
const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60 * 1000);
const read = async (name: 'ca' | 'cert') =>
  new X509Certificate(await readFile(certificatePaths(etc)[name]));

test('a CA and a server certificate for names and addresses are made, keys for root only', async () => {
  await ensureCertificates(etc, ['10.77.0.1', 'MN.example.org', 'fd77:0::1'], now());
  const [ca, cert] = [await read('ca'), await read('cert')];
  expect(ca.ca).toBe(true);
  expect(cert.verify(ca.publicKey)).toBe(true);
  expect(cert.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(cert.checkIP('10.77.0.1')).toBe('10.77.0.1');
  expect(cert.checkIP('fd77::1')).toBe('fd77::1');
  expect(cert.checkHost('mn.example.org')).toBe('mn.example.org');
  expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  const { caKey, key } = certificatePaths(etc);
  for (const path of [caKey, key]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(cert.checkPrivateKey(createPrivateKey(await readFile(key)))).toBe(true);
  expect((await readdir(etc)).toSorted()).toEqual([
    'ca-key.pem',
    'ca.pem',
    'server-cert.pem',
    'server-key.pem',
  ]);
});

/** From now until the certificate ends. */
async function years(name: 'ca' | 'cert'): Promise<number> {
  return (Date.parse((await read(name)).validTo) - Date.now()) / (365 * 24 * 60 * 60 * 1000);
}

test('the CA lasts 10 years, the server certificate 3', async () => {
  await ensureCertificates(etc, ['10.77.0.1'], now());
  expect(await years('ca')).toBeCloseTo(10, 1);
  expect(await years('cert')).toBeCloseTo(3, 1);
});

test('nothing changes while names and dates are right', async () => {
  await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  const before = (await read('cert')).serialNumber;
  const lines = await ensureCertificates(etc, ['MN', '10.77.0.1'], inDays(1000));
  expect((await read('cert')).serialNumber).toBe(before);
  expect(lines[1]).toMatch(/server-cert\.pem: kept, 9[45] days left$/);
});

test('the server certificate is renewed near its end, the CA stays', async () => {
  await ensureCertificates(etc, ['10.77.0.1'], now());
  const before = { ca: (await read('ca')).serialNumber, cert: (await read('cert')).serialNumber };
  const lines = await ensureCertificates(etc, ['10.77.0.1'], inDays(1095 - 59));
  expect((await read('ca')).serialNumber).toBe(before.ca);
  expect((await read('cert')).serialNumber).not.toBe(before.cert);
  expect(lines[1]).toMatch(/made for 10\.77\.0\.1: it is valid for 5[89] more days$/);
});

test('other names, another key or another CA need another server certificate', async () => {
  const { key, ca, caKey } = certificatePaths(etc);
  await ensureCertificates(etc, ['10.77.0.1'], now());
  const [, names] = await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  expect(names).toMatch(/: it is for 10\.77\.0\.1$/);
  await copyFile(caKey, key);
  const [, keys] = await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  expect(keys).toMatch(/: its key is another one$/);
  await writeFile(key, 'garbage');
  const [, garbage] = await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  expect(garbage).toMatch(/: it is not readable$/);
  await rm(ca);
  await rm(caKey);
  const [, cas] = await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  expect(cas).toMatch(/: it is from another CA$/);
});

test('half a CA is an error: nodes may trust the other half', async () => {
  await ensureCertificates(etc, ['10.77.0.1'], now());
  await rm(certificatePaths(etc).caKey);
  await expect(ensureCertificates(etc, ['10.77.0.1'], now())).rejects.toMatchObject({
    code: 'ERR_STATELITE_SETUP',
    message: expect.stringContaining('ca-key.pem is missing'),
  });
});
