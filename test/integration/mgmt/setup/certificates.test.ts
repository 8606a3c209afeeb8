import { createPrivateKey, X509Certificate } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { certificatesIn } from '../../../../mgmt/setup/certificate-state.ts';
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
const names = ['10.77.0.1'];

test('a CA and a server certificate for names and addresses are made, keys for root only', async () => {
  await ensureCertificates(etc, ['10.77.0.1', 'MN.example.org', 'fd77:0::1'], now());
  const [ca, cert] = [await read('ca'), await read('cert')];
  expect(ca.ca).toBe(true);
  expect(cert.verify(ca.publicKey)).toBe(true);
  expect(cert.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(cert.checkIP('10.77.0.1')).toBe('10.77.0.1');
  expect(cert.checkIP('fd77::1')).toBe('fd77::1');
  expect(cert.checkHost('mn.example.org')).toBe('mn.example.org');
  expect(cert.subject).toBe('CN=statelite management node');
  expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
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
  await ensureCertificates(etc, names, now());
  expect(await years('ca')).toBeCloseTo(10, 1);
  expect(await years('cert')).toBeCloseTo(3, 1);
});

test('nothing changes while names and dates are right', async () => {
  await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  const before = (await read('cert')).serialNumber;
  const lines = await ensureCertificates(etc, ['MN', '10.77.0.1'], inDays(720));
  expect((await read('cert')).serialNumber).toBe(before);
  expect(lines[1]).toMatch(/server-cert\.pem: kept, 37[45] days left$/);
});

test('the server certificate is renewed in the last third of its life, the CA stays', async () => {
  await ensureCertificates(etc, names, now());
  const before = { ca: (await read('ca')).serialNumber, cert: (await read('cert')).serialNumber };
  const lines = await ensureCertificates(etc, names, inDays(735));
  expect((await read('ca')).serialNumber).toBe(before.ca);
  expect((await read('cert')).serialNumber).not.toBe(before.cert);
  expect(lines[1]).toMatch(/made for 10\.77\.0\.1: it is valid for 3(?:59|60) more days$/);
});

test('other names, another key or another CA need another server certificate', async () => {
  const { key, ca, caKey } = certificatePaths(etc);
  await ensureCertificates(etc, names, now());
  const [, other] = await ensureCertificates(etc, ['10.77.0.1', 'mn'], now());
  expect(other).toMatch(/: it is for 10\.77\.0\.1$/);
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
  await ensureCertificates(etc, names, now());
  await rm(certificatePaths(etc).caKey);
  await expect(ensureCertificates(etc, names, now())).rejects.toMatchObject({
    code: 'ERR_STATELITE_SETUP',
    message: expect.stringContaining('ca-key.pem is missing'),
  });
});

test('a CA key of another certificate is an error, and so is a CA that is not readable', async () => {
  const { ca, caKey, key } = certificatePaths(etc);
  await ensureCertificates(etc, names, now());
  const kept = await readFile(caKey);
  const refused = {
    code: 'ERR_STATELITE_SETUP',
    message: `${caKey} is not the key of a certificate in ${ca}`,
  };
  await copyFile(key, caKey);
  await expect(ensureCertificates(etc, names, now())).rejects.toMatchObject(refused);
  await writeFile(caKey, kept);
  await writeFile(ca, 'garbage');
  await expect(ensureCertificates(etc, names, now())).rejects.toMatchObject(refused);
});

const bundle = async () => certificatesIn(await readFile(certificatePaths(etc).ca, 'utf8'));
const serials = async () => (await bundle()).map(({ serialNumber }) => serialNumber);
const signer = async () => {
  const cert = await read('cert');
  return (await serials())[(await bundle()).findIndex((ca) => cert.verify(ca.publicKey))];
};

describe('one CA follows another', () => {
  test('in the last third of its life: the next one is trusted beside it, and does not sign', async () => {
    await ensureCertificates(etc, names, now());
    const [first] = await serials();
    const [line] = await ensureCertificates(etc, names, inDays(2500));
    expect(line).toMatch(/the next CA stands beside it: .*genimage --onlyinitrd\) before \d{4}-/u);
    const both = await serials();
    expect([both.length, both[0]]).toEqual([2, first]);
    expect(await signer()).toBe(first);
    const [again] = await ensureCertificates(etc, names, inDays(2600));
    expect(again).toBe(line);
    expect(await serials()).toEqual(both);
  });

  test('and signs in its last days, both being trusted until it ends', async () => {
    await ensureCertificates(etc, names, now());
    await ensureCertificates(etc, names, inDays(2500));
    const [first, second] = await serials();
    const lines = await ensureCertificates(etc, names, inDays(3600));
    expect(lines[0]).toMatch(/the next CA signs from now on/u);
    expect(lines[1]).toMatch(/it is from another CA$/u);
    expect(await serials()).toEqual([second, first]);
    expect(await signer()).toBe(second);
    expect(await readdir(etc)).not.toContain('ca-next-key.pem');
  });

  test('when the operator says so: made by the first run, signing by the second', async () => {
    await ensureCertificates(etc, names, now());
    await ensureCertificates(etc, names, now(), true);
    const [first, second] = await serials();
    expect(await signer()).toBe(first);
    await ensureCertificates(etc, names, now());
    expect(await signer()).toBe(first);
    await ensureCertificates(etc, names, now(), true);
    expect(await serials()).toEqual([second, first]);
    expect(await signer()).toBe(second);
  });

  test('at once if it has ended, which is then trusted no more', async () => {
    await ensureCertificates(etc, names, now());
    const [first] = await serials();
    const [line] = await ensureCertificates(etc, names, inDays(3651));
    expect(line).toMatch(/the next CA signs from now on/u);
    expect(await serials()).toHaveLength(1);
    expect(await serials()).not.toContain(first);
  });

  test('also if setup was stopped between two files', async () => {
    const { ca, caKey, nextCaKey } = certificatePaths(etc);
    await ensureCertificates(etc, names, now());
    // The next key is there, its certificate is not.
    await copyFile(certificatePaths(etc).key, nextCaKey);
    const [kept] = await ensureCertificates(etc, names, now());
    expect(kept).toMatch(/ca\.pem: kept/u);
    await ensureCertificates(etc, names, now(), true);
    const [first, second] = await serials();
    // The next key signs, the list still has the first CA before it.
    await copyFile(nextCaKey, caKey);
    await rm(nextCaKey);
    const lines = await ensureCertificates(etc, names, now());
    expect(lines[0]).toMatch(/ca\.pem: kept/u);
    expect(await serials()).toEqual([first, second]);
    expect(await signer()).toBe(second);
    expect((await stat(ca)).mode & 0o777).toBe(0o644);
  });

  test('a server certificate never outlives its CA', async () => {
    await ensureCertificates(etc, names, inDays(3000));
    const [ca, cert] = [await read('ca'), await read('cert')];
    // The CA is from today, so what is left of it on that day is less than a server's years.
    expect(cert.validToDate.getTime()).toBeLessThan(ca.validToDate.getTime());
    expect(cert.validToDate.getTime()).toBeLessThan(inDays(651).getTime());
  });
});
