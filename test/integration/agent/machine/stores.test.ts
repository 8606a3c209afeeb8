import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Deadline } from '../../../../agent/machine/deadline.ts';
import { programs } from '../../../../agent/machine/spawn.ts';
import { mountStores, mountVolatile } from '../../../../agent/machine/stores.ts';
import type { LitetreeRow } from '../../../../agent/protocol/answer.ts';
import type { Location } from '../../../../agent/protocol/cmdline.ts';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { closedPort, type FakeServer } from '../../../helpers/fake-server.ts';
import { nfsServer } from '../../../helpers/nfs-server.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { memoryView } from '../../../helpers/views.ts';

let alive: FakeServer;
let dead: number;
beforeAll(async () => {
  alive = await nfsServer();
  dead = await closedPort();
});
afterAll(() => alive[Symbol.asyncDispose]());

function tree(directory: string, mntopts = '', port = alive.port): LitetreeRow {
  const options = directory.startsWith('/') ? mntopts : [mntopts, `port=${port}`].join();
  return {
    priority: '1',
    directory,
    mntopts: options.replace(/^,/u, ''),
    specificity: 'ALL',
  };
}

interface Given {
  readonly litetree?: readonly LitetreeRow[];
  readonly statemnt?: Location;
  readonly mntopts?: readonly string[];
  readonly localdisk?: string;
  /** Where devices are. */
  readonly dev?: string;
  readonly node?: string;
  readonly listed?: readonly string[];
  readonly failing?: Parameters<typeof recordingSystem>[0];
  /** Called at every mount(2) of NFS; may throw. */
  readonly onMount?: (target: string) => void;
  readonly modules?: (name: string) => void;
  readonly seconds?: number;
}

/** Mounts the stores of a root in a directory; paths in the result are below it. */
async function mounted(given: Given) {
  await using root = await tempRoot();
  plantTree(root.path, {
    '/.statelite/mnt': { dir: 0o755 },
    '/.sllocal/localmnt': { dir: 0o755 },
    '/opt/tree': { dir: 0o755 },
  });
  const recording = recordingSystem(given.failing);
  const mountWatched: typeof recording.mountWatched = async (...call) => {
    const [source, target, fstype, data, flags] = call;
    await recording.mountWatched(source, target, fstype, data, flags, 0);
    given.onMount?.(target);
  };
  const { log, lines } = recordingLogger();
  const { node = 'cn01', mntopts = [], litetree = [] } = given;
  const rows = (given.listed ?? []).map((path) => row(path));
  const wishes = {
    root: root.path,
    node,
    permission: '755',
    entries: entriesOf(rows, memoryView({}), nothingSaved),
    litetree,
    cmdline: { statemnt: given.statemnt, mntopts, localdisk: given.localdisk },
  };
  const modules = {
    load: async (name: string) => given.modules?.(name),
    loadForDevices: async () => {},
  };
  const stores = await mountStores(wishes, {
    system: { ...recording, mountWatched },
    modules,
    disk: {
      programs: programs(),
      places: { sys: '/nowhere', dev: given.dev ?? '/nowhere', proc: '/nowhere' },
      boot: 'this boot',
      steps: [],
      warnings: [],
      signal: new AbortController().signal,
    },
    loadClient: async () => {},
    log,
    deadline: new Deadline(given.seconds ?? 5),
  });
  const calls = recording.calls.map((call) => call.replaceAll(root.path, '').replace(/ *0$/u, ''));
  return { stores, calls, lines };
}

const statemnt = { server: '127.0.0.1', directory: '/state' };
const port = () => [`port=${alive.port}`];
const data = () => `hard,port=${alive.port},vers=4.2,addr=127.0.0.1`;

describe('5.3 the volatile area', () => {
  test('is a tmpfs with the mode of the image, and the directories that everything is in', async () => {
    await using root = await tempRoot();
    mkdirSync(join(root.path, '.statelite'));
    const system = recordingSystem();
    await mountVolatile(root.path, '1777', system);
    expect(system.calls).toEqual([`mount statelite ${root.path}/.statelite tmpfs mode=1777`]);
    expect(existsSync(join(root.path, '.statelite/tmpfs'))).toBe(true);
    expect(existsSync(join(root.path, '.statelite/mnt'))).toBe(true);
  });

  test('wants an image that liteimg prepared', async () => {
    await using root = await tempRoot();
    await expect(mountVolatile(root.path, '755', recordingSystem())).rejects.toThrow(
      failure('ERR_STATELITE_TABLE', '/.statelite'),
    );
  });
});

/** A server that lets nobody make the node's directory. */
const refusing = (target: string): void => plantTree(target, { '/cn01': 'a file' });

describe('5.3 the persistent store', () => {
  test('is not mounted without STATEMNT', async () => {
    const { stores, calls } = await mounted({});
    expect(stores).toEqual({
      trees: [],
      missingTrees: [],
      persistent: 'none',
      localdisk: 'none',
    });
    expect(calls).toEqual([]);
  });

  test('is the directory of the node, made if it is missing', async () => {
    const made: string[] = [];
    const { stores, calls } = await mounted({
      statemnt,
      mntopts: port(),
      onMount: (target) => made.push(String(existsSync(join(target, 'cn01')))),
    });
    expect(stores.persistent).toBe('mounted');
    expect(calls).toEqual([
      `mountWatched 127.0.0.1:/state /.statelite/persistent nfs ${data()}`,
      'unmount /.statelite/persistent lazy',
      `mountWatched 127.0.0.1:/state/cn01 /.statelite/persistent nfs ${data()}`,
    ]);
    expect(made).toEqual(['false', 'true']);
  });

  test('of a node without a name is not touched: it would see what all others keep', async () => {
    const { stores, calls } = await mounted({ statemnt, mntopts: port(), node: '' });
    expect(stores.persistent).toBe('none');
    expect(calls).toEqual([]);
  });

  test('that cannot be mounted is an error, with what to do', async () => {
    const mounting = mounted({ statemnt, mntopts: [`port=${dead}`], seconds: 1 });
    await expect(mounting).rejects.toThrow(
      failure('ERR_STATELITE_STATEMNT', '127.0.0.1:/state', 'no NFS server answers'),
    );
    await expect(mounting).rejects.toHaveProperty('hint', expect.stringContaining('cn01'));
  });

  test('in which the directory cannot be made is an error, and the whole store is taken off', async () => {
    const mounting = mounted({ statemnt, mntopts: port(), onMount: refusing });
    await expect(mounting).rejects.toThrow(
      failure('ERR_STATELITE_STATEMNT', 'cannot make', '/cn01 in 127.0.0.1:/state'),
    );
  });

  test.for<[string, () => Given]>([
    ['unreachable', () => ({ mntopts: ['nofail', `port=${dead}`], seconds: 2 })],
    ['not writable', () => ({ mntopts: ['nofail', ...port()], onMount: refusing })],
  ])('that is %s and has nofail is volatile, with a warning', async ([, given]) => {
    const { stores, lines, calls } = await mounted({ statemnt, ...given() });
    expect(stores.persistent).toBe('volatile');
    expect(lines.at(-1)).toContain('volatile this time');
    // Nor is the store of all nodes left where the node can look at it.
    const count = (name: string) => calls.filter((call) => call.startsWith(name)).length;
    expect(count('unmount')).toBe(count('mountWatched'));
  });
});

describe('5.3 trees', () => {
  test('are mounted read-only, each on a directory of its own, in search order', async () => {
    const litetree = [
      tree('127.0.0.1:/lite/b', 'soft'),
      tree('127.0.0.1:/lite/a'),
      tree('/opt/tree'),
    ];
    const { stores, calls } = await mounted({ litetree });
    expect(stores.trees.map(({ tree: { directory }, root }) => [directory, root])).toEqual([
      ['/lite/b', '/.statelite/mnt/127.0.0.1/lite-b'],
      ['/lite/a', '/.statelite/mnt/127.0.0.1/lite-a'],
      ['/opt/tree', '/.statelite/mnt/-/opt-tree'],
    ]);
    const nfs = `port=${alive.port},vers=4.2,addr=127.0.0.1 readonly`;
    expect(calls.toSorted()).toEqual([
      'bind /opt/tree /.statelite/mnt/-/opt-tree read-only',
      `mountWatched 127.0.0.1:/lite/a /.statelite/mnt/127.0.0.1/lite-a nfs ${nfs}`,
      `mountWatched 127.0.0.1:/lite/b /.statelite/mnt/127.0.0.1/lite-b nfs soft,${nfs}`,
    ]);
  });

  test('that are missing fail the boot, unless they are optional', async () => {
    const missing = tree('127.0.0.1:/lite', '', dead);
    await expect(mounted({ litetree: [missing], seconds: 1 })).rejects.toThrow(
      failure('ERR_STATELITE_LITETREE', '127.0.0.1:/lite'),
    );
    const optional = tree('127.0.0.1:/lite', 'nofail', dead);
    const { stores } = await mounted({ litetree: [optional, tree('/opt/tree')], seconds: 1 });
    expect(stores.missingTrees.map(({ directory }) => directory)).toEqual(['/lite']);
    expect(stores.trees).toHaveLength(1);
  });

  test('that are optional leave half of the time to the others', async () => {
    const deadline = new Deadline(4);
    await mounted({ litetree: [tree('127.0.0.1:/x', 'nofail', dead)], seconds: 4 });
    expect(deadline.left).toBeGreaterThan(2000);
  });

  test('of the image that are not there are named', async () => {
    const failing = { bind: Object.assign(new Error('ENOENT'), { code: 'ENOENT' }) };
    await expect(mounted({ litetree: [tree('/opt/none')], failing })).rejects.toThrow(
      failure('ERR_STATELITE_LITETREE', '/opt/none'),
    );
  });

  test('of the image that overlap with a listed path are refused', async () => {
    const given = { litetree: [tree('/opt/tree')], listed: ['/opt/tree/x'] };
    await expect(mounted(given)).rejects.toThrow(failure('ERR_STATELITE_TABLE', '/opt/tree'));
  });
});

describe('the local disk', () => {
  test('is mounted with the file system that it has', async () => {
    await using disk = await tempRoot();
    const [dev, vda] = [disk.path, join(disk.path, 'vda')];
    plantTree(dev, { '/vda': '' });
    truncateSync(vda, 16 * 2 ** 20);
    await promisify(execFile)('mke2fs', ['-q', '-t', 'ext4', '-F', vda]);
    const { stores, calls } = await mounted({ localdisk: '/dev/vda', dev });
    expect(stores.localdisk).toBe('mounted');
    expect(calls).toEqual([`mount ${vda} /.sllocal/localmnt ext4 errors=remount-ro noatime`]);
  });

  test('without a file system is an error that names it', async () => {
    await using disk = await tempRoot();
    plantTree(disk.path, { '/vda': '\0'.repeat(4096) });
    const mounting = mounted({ localdisk: '/dev/vda', dev: disk.path });
    await expect(mounting).rejects.toThrow(failure('ERR_STATELITE_STORE', '/dev/vda'));
  });
});
