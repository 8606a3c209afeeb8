import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  checkAdminName,
  ensureClientCertificate,
} from '../../../../mgmt/setup/certificate-client.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';

const run = promisify(execFile);

let directory: string;
let etc: string;
let home: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  etc = join(directory, 'etc');
  home = join(directory, 'home/.xcat');
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterEach(() => rm(directory, { recursive: true }));

const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60 * 1000);
const cred = () => join(home, 'client-cred.pem');
const ca = () => join(home, 'ca.pem');
const ensure = (name = 'root', at = inDays(0), where = home) =>
  ensureClientCertificate(etc, { name, directory: where }, at);
const serial = async () => new X509Certificate(await readFile(cred())).serialNumber;

describe('a client certificate', () => {
  test('lies with its key where clients of xCAT look, readable by its owner only', async () => {
    expect(await ensure()).toEqual({ line: `${cred()}: made for root: there is none yet` });
    expect((await readdir(home)).toSorted()).toEqual(['ca.pem', 'client-cred.pem']);
    const modes = [home, cred(), ca()].map(async (path) => (await stat(path)).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o700, 0o600, 0o644]);
    const certificate = new X509Certificate(await readFile(cred()));
    expect(certificate.subject).toBe('CN=root');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(await readFile(ca())).toEqual(await readFile(certificatePaths(etc).ca));
  });

  test('is what openssl takes for a client', async () => {
    await ensure('alice');
    const { stdout } = await run('openssl', [
      'verify',
      '-purpose',
      'sslclient',
      '-x509_strict',
      '-CAfile',
      ca(),
      cred(),
    ]);
    expect(stdout).toBe(`${cred()}: OK\n`);
  });

  test('is kept while it lasts, and renewed in the last third of its life', async () => {
    await ensure();
    const first = await serial();
    expect(await ensure('root', inDays(700))).toEqual({
      line: expect.stringMatching(/: kept, 39[45] days left$/u),
    });
    expect(await serial()).toBe(first);
    expect(await ensure('root', inDays(800))).toEqual({
      line: expect.stringMatching(/: made for root: it is valid for 29[45] more days$/u),
    });
    expect(await serial()).not.toBe(first);
  });

  test('is renewed when another CA signs, and gets both CAs before', async () => {
    await ensure();
    const first = await serial();
    await ensureCertificates(etc, ['127.0.0.1'], new Date(), true);
    await ensure();
    expect(await serial()).toBe(first);
    expect(await readFile(ca())).toEqual(await readFile(certificatePaths(etc).ca));
    await ensureCertificates(etc, ['127.0.0.1'], new Date(), true);
    expect(await ensure()).toEqual({
      line: expect.stringMatching(/it is from another CA$/u),
    });
    expect(await readFile(ca())).toEqual(await readFile(certificatePaths(etc).ca));
  });

  test('belongs to the owner of the directory, and follows none of their links', async () => {
    await mkdir(home, { recursive: true });
    await chown(home, 12_345, 12_346);
    const victim = join(directory, 'victim');
    await writeFile(victim, 'untouched');
    await symlink(victim, `${cred()}.new`);
    await ensure('alice');
    for (const path of [cred(), ca()]) {
      expect(await stat(path)).toMatchObject({ uid: 12_345, gid: 12_346 });
    }
    expect(await readFile(victim, 'utf8')).toBe('untouched');
  });

  test('needs a CA', async () => {
    await rm(etc, { recursive: true });
    await expect(ensure()).rejects.toMatchObject({
      code: 'ERR_STATELITE_SETUP',
      message: expect.stringContaining('there is no CA in'),
    });
  });
});

describe('files of somebody else stay', () => {
  test.for([
    ['client-cred.pem', 'garbage'],
    ['ca.pem', 'garbage'],
    ['ca.pem', ''],
  ])('%s that holds "%s"', async ([name, text]) => {
    await mkdir(home, { recursive: true });
    await writeFile(join(home, name ?? ''), text ?? '');
    expect(await ensure()).toEqual({ foreign: join(home, name ?? '') });
    expect(await readdir(home)).toEqual([name]);
    expect(await readFile(join(home, name ?? ''), 'utf8')).toBe(text);
  });

  test('a certificate for another name, or of another cluster', async () => {
    await ensure('alice');
    const before = await readFile(cred());
    expect(await ensure('bob')).toEqual({ foreign: cred() });
    const other = join(directory, 'other');
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    const client = { name: 'alice', directory: home };
    expect(await ensureClientCertificate(other, client, new Date())).toEqual({ foreign: cred() });
    await rm(cred());
    expect(await ensureClientCertificate(other, client, new Date())).toEqual({ foreign: ca() });
    await writeFile(cred(), before);
    expect(await ensure('alice')).toMatchObject({ line: expect.stringContaining('kept') });
  });

  test('a list of CAs that has ours and a foreign one', async () => {
    await ensure();
    const foreign = await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      '/CN=xCAT CA',
    ]);
    await writeFile(ca(), (await readFile(ca(), 'utf8')) + foreign.stdout);
    expect(await ensure()).toEqual({ foreign: ca() });
  });
});

test.for(['root', 'alice', 'a.b-c_d@example.org', '_x1', 'A'])('"%s" is a name', (name) => {
  expect(checkAdminName(name)).toBe(name);
});

test.for(['', '*', 'a/CN=root', 'a b', '../x', '-x', 'a,b', 'ä', 'a\nb', 'x'.repeat(65), '1x'])(
  '"%s" is no name for a certificate',
  (name) => {
    expect(() => checkAdminName(name)).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_USAGE' }),
    );
  },
);
