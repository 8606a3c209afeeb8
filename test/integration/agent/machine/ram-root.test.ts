import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../../agent/log.ts';
import { mountRamRoot, type RamRootDeps } from '../../../../agent/machine/ram-root.ts';
import { parseImageUrl } from '../../../../agent/protocol/image-url.ts';
import { cpio } from '../../../../initramfs/cpio.ts';
import { portOf } from '../../../../mgmt/daemon/listen.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';
import { spentBudget } from '../../../helpers/spent-budget.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const content = randomBytes(200_000);
const archive = await buffer(
  cpio([
    { path: '/etc', kind: 'directory', mode: 0o755 },
    {
      path: '/etc/data',
      kind: 'file',
      mode: 0o644,
      size: content.length,
      content: { data: content },
    },
  ]),
);
const packed = gzipSync(archive);

const digestOf = (data: Buffer) => `${createHash('sha256').update(data).digest('hex')}  x\n`;

/** What a server has at each path, one after the other, the last for good; else it is missing. */
type Files = Readonly<Record<string, readonly (Buffer | string)[]>>;

function serving(files: Files): RequestListener {
  const left = new Map(Object.entries(files).map(([path, all]) => [path, [...all]]));
  return ({ url = '', headers }, response) => {
    const all = left.get(url) ?? [];
    const isEnd = headers.range === 'bytes=-4';
    const data = all.length > 1 && !isEnd ? all.shift() : all[0];
    if (data === undefined) response.writeHead(404).end();
    else if (isEnd && Buffer.isBuffer(data)) response.writeHead(206).end(data.subarray(-4));
    else response.writeHead(200, { 'content-length': Buffer.byteLength(data) }).end(data);
  };
}

interface Wishes {
  /** Certificates: over https. */
  readonly etc?: string;
  readonly failing?: Partial<Record<'mountLoop' | 'mount', Error>>;
}

/** Boots from what a server has; mounts are recorded, and unmounting empties the directory. */
async function fetched(
  name: string,
  files: Files,
  { etc, failing = {}, ...changed }: Partial<RamRootDeps> & Wishes = {},
) {
  await using root = await tempRoot();
  const [target, store] = [join(root.path, 'newroot'), join(root.path, 'image')];
  mkdirSync(target);
  const { ca, cert, key } = certificatePaths(etc ?? '');
  const server =
    etc === undefined
      ? createServer(serving(files))
      : createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) }, serving(files));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const lines: string[] = [];
  const loaded: string[] = [];
  const recorded = recordingSystem(failing);
  const deps: RamRootDeps = {
    system: {
      ...recorded,
      unmount: async (place, how) => {
        await recorded.unmount(place, how);
        for (const child of readdirSync(place)) rmSync(join(place, child), { recursive: true });
      },
    },
    modules: { load: async (module) => void loaded.push(module) },
    deadline: spentBudget(30_000),
    log: createLogger('test', (record) => void lines.push(record)),
    signal: new AbortController().signal,
    trust: async () => (etc === undefined ? 'anybody' : readFileSync(ca)),
    ...changed,
  };
  const scheme = etc === undefined ? 'http' : 'https';
  const image = parseImageUrl(`${scheme}://127.0.0.1:${portOf(server)}/${name}`);
  try {
    const bytes = await mountRamRoot({ image, limit: '60%', target, store }, deps);
    return { bytes, found: found(target), loaded, ...told(), error: undefined };
  } catch (error) {
    return { bytes: 0, found: found(target), loaded, ...told(), error };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  function told() {
    return {
      calls: recorded.calls.map((call) => call.replaceAll(root.path, '')),
      log: lines.join(''),
    };
  }
}

function found(target: string): readonly string[] {
  return readdirSync(target, { recursive: true, encoding: 'utf8' }).toSorted();
}

const whole = ['dev', 'etc', 'etc/data', 'proc', 'sys'];
const gz = 'rootimg-statelite.gz';

const failure = (...words: readonly string[]) =>
  expect.objectContaining({
    code: 'ERR_STATELITE_IMAGE',
    message: expect.stringMatching(new RegExp(words.join('.*'), 'su')),
  });

describe('a root in memory', () => {
  test.for([
    [gz, packed],
    ['rootimg-statelite.cpio', archive],
    ['rootimg-statelite.cpio.zst', zstdCompressSync(archive)],
  ] as const)('is unpacked from %s into a tmpfs of its size', async ([name, data]) => {
    const { bytes, found: files, calls, error } = await fetched(name, { [`/${name}`]: [data] });
    expect([error, bytes, files]).toEqual([undefined, data.length, whole]);
    expect(calls).toEqual(['mount rootfs /newroot tmpfs mode=755,size=60%']);
  });

  test('is a squashfs that is stored, mounted and then out of sight', async () => {
    const name = 'rootimg-statelite.sfs';
    const { calls, loaded, error } = await fetched(name, { [`/${name}`]: [content] });
    expect(error).toBeUndefined();
    expect(loaded).toEqual(['loop', 'squashfs']);
    expect(calls).toEqual([
      'mount rootfs /image tmpfs mode=700,size=60%',
      'mountLoop /image/rootimg.sfs /newroot squashfs',
      'unmount /image lazy',
    ]);
  });

  test('is fetched anew, digest and all, if it came damaged once', async () => {
    const files = {
      [`/${gz}`]: [gzipSync('other'), packed],
      [`/${gz}.sha256`]: [digestOf(packed)],
    };
    const { found: files_, calls, log, error } = await fetched(gz, files);
    expect([error, files_]).toEqual([undefined, whole]);
    expect(log).toContain('fetching all of it anew');
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['mount', 'unmount', 'mount']);
  });

  test('says that nothing is there to check it against', async () => {
    expect((await fetched(gz, { [`/${gz}`]: [packed] })).log).toContain('there is no http://');
  });
});

const readMemory = async () => ({ total: 2 ** 20, available: 100_000 });

describe('an image that is no use leaves nothing mounted', () => {
  test.for<[string, Files, ReturnType<typeof failure>]>([
    [
      'has another digest',
      { [`/${gz}`]: [packed], [`/${gz}.sha256`]: [digestOf(archive)] },
      failure('the SHA-256 is [0-9a-f]{64}, and has to be [0-9a-f]{64}'),
    ],
    ['is garbage', { [`/${gz}`]: [content] }, failure('is damaged: incorrect header check')],
    ['is a page', { [`/${gz}`]: ['<html>'] }, failure('is damaged: incorrect header check')],
    ['is empty', { [`/${gz}`]: [''] }, failure('is damaged: ')],
    ['is cut', { [`/${gz}`]: [packed.subarray(0, 9000)] }, failure('unexpected end of file')],
    ['is no archive', { [`/${gz}`]: [gzipSync(content)] }, failure('no cpio header at byte 0')],
    ['ends early', { [`/${gz}`]: [gzipSync(archive.subarray(0, 5000))] }, failure('it ends after')],
    [
      'has a digest that is none',
      { [`/${gz}`]: [packed], [`/${gz}.sha256`]: ['<html>not found</html>'] },
      failure('x?gz.sha256 is no digest'),
    ],
    ['is not there', {}, failure('the server answers with status 404')],
  ])('because it %s', async ([, files, expected]) => {
    const { error, calls, found: left } = await fetched(gz, files);
    expect(error).toEqual(expected);
    expect(left).toEqual([]);
    const mounts = calls.filter((call) => call.startsWith('mount')).length;
    expect(calls.filter((call) => call.startsWith('unmount'))).toHaveLength(mounts);
  });

  test.for([
    ['rootimg-statelite.cpio.zst', zstdCompressSync(archive).subarray(0, 9000)],
    ['rootimg-statelite.cpio.zst', packed],
  ] as const)('because %s is cut or of another kind', async ([name, data]) => {
    const { error } = await fetched(name, { [`/${name}`]: [data] });
    expect(error).toEqual(failure('is damaged'));
  });

  test.for([
    ['rootimg-statelite.cpio.zst', packed, '0.2 MiB packed'],
    ['rootimg-statelite.sfs', content, '0.2 MiB unpacked'],
  ] as const)(
    'because %s is larger than the memory, with both figures',
    async ([name, data, what]) => {
      const { error, calls } = await fetched(name, { [`/${name}`]: [data] }, { readMemory });
      expect(error).toEqual(failure(`${what}, and of 1.0 MiB memory 0.1 MiB are free`));
      expect(calls.at(-1)).toMatch(/^unmount/u);
    },
  );

  test('because gzip tells that it is larger when it is unpacked', async () => {
    const large = gzipSync(Buffer.alloc(3 << 20));
    const { error } = await fetched(gz, { [`/${gz}`]: [large] }, { readMemory });
    expect(error).toEqual(failure('the image has 3.0 MiB unpacked, and of 1.0 MiB memory'));
  });

  test('because the kernel does not read its squashfs', async () => {
    const name = 'rootimg-statelite.sfs';
    const invalid = Object.assign(new Error('EINVAL: mount'), { code: 'EINVAL' });
    const files = { [`/${name}`]: [content] };
    const { error, calls } = await fetched(name, files, { failing: { mountLoop: invalid } });
    expect(calls.filter((call) => call.startsWith('unmount /image'))).toHaveLength(2);
    expect(error).toEqual(failure('is no squashfs that this kernel reads'));
  });
});

test('a mount that the kernel refuses is said as it is', async () => {
  const refused = Object.assign(new Error('EINVAL: mount rootfs'), { code: 'EINVAL' });
  const { error } = await fetched(gz, { [`/${gz}`]: [packed] }, { failing: { mount: refused } });
  expect(error).toMatchObject({
    code: 'ERR_STATELITE_IMAGE',
    message: expect.stringMatching(/^cannot boot from \S+: EINVAL: mount rootfs$/u),
    hint: 'the kernel of the node refuses it: dmesg may say more',
  });
});

describe('over https', () => {
  test('the server has to be who the CA of the initramfs says', async () => {
    await using root = await tempRoot();
    const [own, other] = [join(root.path, 'own'), join(root.path, 'other')];
    await ensureCertificates(own, ['127.0.0.1'], new Date());
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    const files = { [`/${gz}`]: [packed] };
    expect((await fetched(gz, files, { etc: own })).found).toEqual(whole);
    const stranger = readFileSync(certificatePaths(other).ca);
    const refused = await fetched(gz, files, { etc: own, trust: async () => stranger });
    expect(refused.error).toMatchObject({
      code: 'ERR_STATELITE_IMAGE',
      hint: 'its certificate must be signed by the CA of the initramfs and name the host of imgurl=',
    });
    expect(refused.calls).toEqual([]);
  });
});
