import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import type { Budget } from '../../../../agent/machine/deadline.ts';
import { mountNfs, type NfsMount } from '../../../../agent/machine/nfs-mount.ts';
import type { NfsVersion } from '../../../../agent/machine/nfs-options.ts';
import { closedPort } from '../../../helpers/fake-server.ts';
import { nfsServer } from '../../../helpers/nfs-server.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { failure } from '../../../helpers/rows.ts';

interface Mounted {
  readonly result: NfsVersion | StateliteError;
  /** Versions in the order they were tried, over all tries. */
  readonly tried: readonly string[];
  readonly calls: readonly string[];
  readonly lines: readonly string[];
}

/** What mount(2) says, by version; `tries` counts whole tries from 1. */
type Kernel = (version: string, tries: number) => string | undefined;

/** Mounts from a server that answers the probe, with a kernel that answers as told. */
async function mounted(kernel: Kernel, change: Partial<NfsMount> = {}): Promise<Mounted> {
  await using server = await nfsServer();
  const calls: string[] = [];
  const loaded: string[] = [];
  const { log, lines } = recordingLogger();
  const mount: NfsMount = {
    server: '127.0.0.1',
    directory: '/install',
    target: '/newroot',
    options: ['ro', 'hard'],
    code: 'ERR_STATELITE_NFSROOT',
    hint: 'is it exported?',
    ...change,
  };
  const options = [...mount.options, `port=${server.port}`];
  const mounting = mountNfs(
    { ...mount, options },
    {
      log,
      deadline: passing(60_000),
      loadClient: async (version) => void loaded.push(version),
      system: {
        mountWatched: async (source, target, fstype, data, flags) => {
          const version = /vers=([\d.]+)/u.exec(data)?.[1] ?? '';
          const plain = data.replace(`,port=${server.port}`, '');
          calls.push([source, target, fstype, plain, JSON.stringify(flags)].join(' '));
          const code = kernel(version, server.connections());
          if (code !== undefined) throw Object.assign(new Error(`${code}: mount`), { code });
        },
      },
    },
  );
  return { result: await orError(mounting), tried: loaded, calls, lines };
}

async function orError(mounting: Promise<NfsVersion>): Promise<Mounted['result']> {
  try {
    return await mounting;
  } catch (error) {
    if (error instanceof StateliteError) return error;
    throw error;
  }
}

/** Time that passes only by waiting. */
function passing(left: number): Budget {
  return {
    get left() {
      return left;
    },
    wait: async (milliseconds) => void (left -= milliseconds),
  };
}

describe('mounting NFS', () => {
  test('takes the newest version, with flags and options apart', async () => {
    const { result, calls } = await mounted(() => undefined);
    expect(result).toBe('4.2');
    expect(calls).toEqual([
      '127.0.0.1:/install /newroot nfs hard,vers=4.2,addr=127.0.0.1 {"readonly":true}',
    ]);
  });

  test.for([
    [['4.2'], '4.1'],
    [['4.2', '4.1'], '4.0'],
    [['4.2', '4.1', '4.0'], '3'],
  ] as const)('goes down from %j, which the server does not speak, to %s', async ([no, yes]) => {
    const { result, tried } = await mounted((version) =>
      no.some((one) => one === version) ? 'EPROTONOSUPPORT' : undefined,
    );
    expect(result).toBe(yes);
    expect(tried).toEqual([...no, yes]);
  });

  test('stays with the version that is asked for', async () => {
    const { result, tried } = await mounted(() => undefined, { options: ['vers=4.0'] });
    expect([result, tried]).toEqual(['4.0', ['4.0']]);
  });

  test('tries version 3 where version 4 has no such export, for servers with a pseudo root', async () => {
    const { result, tried } = await mounted((version) => (version === '3' ? undefined : 'ENOENT'));
    expect(result).toBe('3');
    expect(tried).toEqual(['4.2', '3']);
  });

  test('tries a server again that does not have its exports yet', async () => {
    const { result, lines } = await mounted((_, tries) => (tries < 3 ? 'ENOENT' : undefined));
    expect(result).toBe('4.2');
    expect(lines[0]).toMatch(/^warn: mount 127\.0\.0\.1:\/install: ENOENT.*trying again/u);
  });

  test.for(['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL'])(
    'takes %s for the configuration after four times',
    async (code) => {
      const { result, lines } = await mounted(() => code);
      expect(result).toEqual(failure('ERR_STATELITE_NFSROOT', '127.0.0.1:/install', code));
      expect(lines).toHaveLength(3);
    },
  );

  test('tells what version 4 said, if version 3 fails as well', async () => {
    const { result } = await mounted((version) => (version === '3' ? 'EACCES' : 'ENOENT'));
    expect(result).toEqual(failure('ERR_STATELITE_NFSROOT', 'ENOENT'));
    expect(result).toHaveProperty('hint', 'is it exported?');
  });

  test('tries as long as there is time where the server may come back', async () => {
    const { result, lines } = await mounted(() => 'ETIMEDOUT');
    expect(result).toEqual(failure('ERR_STATELITE_NFSROOT', 'ETIMEDOUT'));
    expect(lines.length).toBeGreaterThan(6);
  });

  test('suspects an option where the kernel calls all versions invalid', async () => {
    const { result } = await mounted(() => 'EINVAL', { options: ['sfot'] });
    expect(result).toHaveProperty('hint', expect.stringContaining('sfot'));
  });

  test('refuses a version that does not exist, without a try', async () => {
    const { result, tried } = await mounted(() => undefined, { options: ['vers=2'] });
    expect(result).toEqual(failure('ERR_STATELITE_NFSROOT', 'no NFS version'));
    expect(tried).toEqual([]);
  });
});

describe('a server that cannot be mounted from', () => {
  const calls: string[] = [];
  const deps = {
    log: recordingLogger().log,
    loadClient: async () => {},
    system: { mountWatched: async (source: string) => void calls.push(source) },
  };
  const mount = {
    directory: '/install',
    target: '/newroot',
    code: 'ERR_STATELITE_LITETREE',
    hint: 'is it exported?',
  } as const;

  test('is not even tried if it does not answer the probe', async () => {
    const server = '127.0.0.1';
    const options = [`port=${await closedPort()}`];
    const mounting = mountNfs({ ...mount, server, options }, { ...deps, deadline: passing(5000) });
    await expect(mounting).rejects.toThrow(
      failure('ERR_STATELITE_LITETREE', 'no NFS server answers at 127.0.0.1'),
    );
    await expect(mounting).rejects.toHaveProperty('cause.code', 'ECONNREFUSED');
    expect(calls).toEqual([]);
  });

  test('is named if nobody knows its name', async () => {
    const server = `${'x'.repeat(64)}.invalid`; // no DNS server can be asked for it
    const mounting = mountNfs(
      { ...mount, server, options: [] },
      { ...deps, deadline: passing(1000) },
    );
    await expect(mounting).rejects.toThrow(failure('ERR_STATELITE_LITETREE', server, 'not known'));
    await expect(mounting).rejects.toHaveProperty('hint', expect.stringContaining('DNS server'));
  });

  test('has its module missing in the initramfs: that is said', async () => {
    await using server = await nfsServer();
    const missing = new StateliteError(
      'ERR_STATELITE_MODULE',
      'the initramfs has no module nfsv4',
      {
        hint: 'genimage -n adds drivers',
      },
    );
    const loadClient = () => Promise.reject(missing);
    const options = ['vers=4.2', `port=${server.port}`];
    const mounting = mountNfs(
      { ...mount, server: '127.0.0.1', options },
      { ...deps, loadClient, deadline: passing(60_000) },
    );
    await expect(mounting).rejects.toThrow(failure('ERR_STATELITE_LITETREE', 'no module nfsv4'));
    await expect(mounting).rejects.toHaveProperty('hint', 'genimage -n adds drivers');
  });
});
