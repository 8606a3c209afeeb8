import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StateliteError } from '../../agent/errors.ts';
import { chase } from '../../agent/files/chase.ts';
import { readImage } from '../../agent/files/image-record.ts';
import { linkEntries, type Linked } from '../../agent/link.ts';
import { linuxSystem } from '../../agent/linux.ts';
import { layout, mountPointOf } from '../../agent/rules/layout.ts';
import type { Tree } from '../../agent/rules/litetree.ts';
import type { Boot, Booted, Seen } from './boots.ts';
import { nativeAddon } from './native.ts';
import { snapshot } from './snapshot.ts';

const native = nativeAddon();
const system = linuxSystem(native);

const list: readonly Boot[] = JSON.parse(await text(process.stdin)); // what boots() was called with
const results: Booted[] = [];
for (const one of list) results.push(await boot(one));
process.stdout.write(JSON.stringify(results));

/** The linking stage over a read-only root with stores and trees mounted as the agent does (5.3). */
async function boot(given: Boot): Promise<Booted> {
  const root = join(given.at, 'root');
  await system.bind(root, root, true);
  try {
    const linked = await link(root, given);
    const stores = storesOf(given);
    const mounts = mountsBelow(root);
    const looks = given.look.map(async (path) => [path, await see(root, path)] as const);
    const seen = Object.fromEntries(await Promise.all(looks));
    for (const [path, content] of Object.entries(given.writes ?? {})) {
      const place = await chase(root, path);
      if (content === null) rmSync(place, { recursive: true });
      else writeFileSync(place, content);
    }
    const steps = linked.steps.map(({ step }) => step);
    const notices = linked.notices.map(({ level, message }) => `${level}: ${message}`);
    return { failure: null, steps, notices, seen, mounts, stores };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { code, message } = error;
    return {
      failure: { code, message },
      steps: [],
      notices: [],
      seen: {},
      mounts: [],
      stores: storesOf(given),
    };
  } finally {
    await system.unmount(root, 'lazy');
  }
}

async function link(root: string, given: Boot): Promise<Linked> {
  const image = await readImage(root, given.rows);
  await system.mount('statelite', join(root, layout.statelite), 'tmpfs', 'mode=755');
  mkdirSync(join(root, layout.tmpfs));
  const trees = given.trees.map((name): Tree => ({
    server: 'mn',
    directory: `/${name}`,
    options: [],
    optional: true,
    priority: 1,
  }));
  const present = trees.filter(({ directory }) => existsSync(join(given.at, 'trees', directory)));
  for (const tree of present) {
    const target = join(root, mountPointOf(tree));
    mkdirSync(target, { recursive: true });
    await system.bind(join(given.at, 'trees', tree.directory), target, true);
  }
  for (const name of ['persistent', 'localdisk'] as const) {
    if (given[name] !== 'mounted') continue;
    mkdirSync(join(root, layout[name]), { recursive: true });
    await system.bind(join(given.at, name), join(root, layout[name]), false);
  }
  const stores = {
    trees: present.map((tree) => ({ tree, root: mountPointOf(tree) })),
    missingTrees: trees.filter((tree) => !present.includes(tree)),
    persistent: given.persistent,
    localdisk: given.localdisk,
  };
  let steps = 0;
  const onStep = () => {
    steps += 1;
    if (steps === given.stopAfter) throw new StateliteError('ERR_STATELITE_STEP', 'power cut');
  };
  return linkEntries(root, image, stores, { system, calls: native, onStep });
}

function storesOf({ at }: Boot): Booted['stores'] {
  return {
    persistent: snapshot(join(at, 'persistent'), 'full'),
    localdisk: snapshot(join(at, 'localdisk'), 'full'),
  };
}

function mountsBelow(root: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
    .filter((path) => path.startsWith(`${root}/`))
    .map((path) => path.slice(root.length));
}

async function see(root: string, path: string): Promise<Seen> {
  const place = await chase(root, path);
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) {
    return { type: 'missing', content: '', mode: '', owner: '', writable: false };
  }
  const is = { mode: (stats.mode & 0o7777).toString(8), owner: `${stats.uid}:${stats.gid}` };
  const writable = isWritable(place);
  if (stats.isDirectory()) {
    return { type: 'dir', content: snapshot(place), ...is, writable };
  }
  if (!stats.isFile()) return { type: 'other', content: '', ...is, writable };
  return { type: 'file', content: readFileSync(place, 'utf8'), ...is, writable };
}

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false; // EROFS: root may everything else
  }
}
