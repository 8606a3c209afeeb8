import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { nativeAddon } from '../helpers/native.ts';
import { tempRoot } from '../helpers/tree.ts';

nativeAddon(); // compiled before several cases want it at once
const temp = await tempRoot();
afterAll(() => temp.remove());
const fixtures = join(import.meta.dirname, '../fixtures/conformance/cases');
const fixture = (name: string) => join(fixtures, `${name}.json`);

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(argv: readonly string[]) {
  const child = spawn(join(import.meta.dirname, '../../scripts/conformance'), argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  return { child, code: promise };
}

async function conformance(...argv: readonly string[]): Promise<Ran> {
  const { child, code } = start(argv);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

/** A copy of a fixture in which a text is another one. */
function altered(name: string, from: string, to: string): string {
  const content = readFileSync(fixture(name), 'utf8');
  const place = join(temp.path, `${name}-altered.json`);
  if (!content.includes(from)) throw new Error(`${name} has no ${from}`);
  writeFileSync(place, content.replace(from, to).replaceAll('small.json', 'small-copy.json'));
  return place;
}

function write(name: string, content: string): string {
  const place = join(temp.path, name);
  writeFileSync(place, content);
  return place;
}

const outcomeOf = async (name: string) => {
  const { out, err } = await conformance('--json', fixture(name));
  expect(out.split('\n')).toHaveLength(2);
  return { outcome: JSON.parse(out), err };
};

describe('a case with a record', () => {
  test('agrees, but for what has a reason', async () => {
    const { code, out, err } = await conformance(fixture('every-key'));
    expect(out).toMatch(/^8 explained {3}every-key\n/u);
    expect(out).not.toContain('UNEXPLAINED');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('fails with one that says something else', async () => {
    const images = join(temp.path, 'images');
    const directory = join(temp.path, 'cases');
    mkdirSync(images);
    mkdirSync(directory);
    copyFileSync(join(fixtures, '../images/small.json'), join(images, 'small.json'));
    const record = JSON.parse(readFileSync(fixture('every-key'), 'utf8'));
    record.observed.boots[1].paths['/etc/motd'].content = 'of nobody\n';
    const file = join(directory, 'changed.json');
    writeFileSync(file, JSON.stringify(record));
    const { code, out, err } = await conformance(file);
    expect(out).toMatch(/^8 explained, 1 UNEXPLAINED every-key\n/u);
    expect(out).toContain(
      'boots/1/paths /etc/motd content: ours "of the tree, later\\n", stock\'s "of nobody\\n"  [UNEXPLAINED]',
    );
    expect({ code, err }).toEqual({ code: 1, err: `${file}: 1 unexplained\n` });
  });
});

describe('--json', () => {
  test('prints what happened in the form of the records', async () => {
    const { outcome } = await outcomeOf('every-key');
    expect(Object.keys(outcome)).toEqual(['id', 'liteimg', 'boots']);
    expect(outcome.liteimg).toHaveLength(2);
    const [boot] = outcome.boots;
    expect(boot.paths['/srv/kept/']).toMatchObject({
      type: 'dir',
      mount: 'persistent:/srv/kept',
      source: 'persistent:/srv/kept',
      mount_ro: false,
      writable: true,
      entries: { '/before': { content: 'before\n' } },
    });
    expect(boot.paths['/etc/passwd']).toMatchObject({ mount_ro: true, write_error: 'EROFS' });
    expect(boot.node_writes.at(-1)).toEqual({ write: '/etc/passwd', ok: false, error: 'EROFS' });
    expect(outcome.boots[1].persistent['/srv/kept/new']).toMatchObject({ mode: '0600' });
  });

  test('tells of a writable root, of the answers of a stock management node, of unknown keys', async () => {
    const { outcome, err } = await outcomeOf('ram-root');
    const [first, second] = outcome.boots;
    expect(first.paths['/etc/b']).toMatchObject({ content: 'tree\n', source: 'tmpfs:/etc/b' });
    expect(first.paths['/etc/a']).toMatchObject({ source: 'image:/etc/a', mount_ro: false });
    expect(first.node_writes).toEqual([{ write: '/etc/c', ok: true }]);
    expect(second.view).not.toHaveProperty('/etc/c');
    expect(first).not.toHaveProperty('persistent');
    expect(err).toContain('an_unknown_key means nothing here');
  });

  test('describes the state of a node whose table is refused', async () => {
    const { outcome } = await outcomeOf('refused');
    expect(outcome.liteimg[0]).toMatchObject({
      errors: [expect.stringContaining('sideways')],
      error: { code: 'ERR_STATELITE_ROW', hint: expect.any(String) },
    });
    expect(outcome.boots[0]).toMatchObject({
      error: { code: 'ERR_STATELITE_ROW' },
      paths: { '/etc/a': { source: 'image:/etc/a' } },
      persistent: { '/etc/a': { content: 'kept\n' } },
    });
  });

  test('follows no link out of the root, opens no pipe, and knows odd names', async () => {
    const { outcome } = await outcomeOf('hostile');
    expect(outcome.liteimg[0].host_run_after).toBe('intact');
    const { paths } = outcome.boots[0];
    expect(JSON.stringify(outcome.boots)).not.toContain('belongs to the management node');
    expect(paths['/etc/out'].resolved).toEqual({ type: 'missing' });
    expect(paths['/loop'].resolved).toEqual({ type: 'missing', error: 'ELOOP' });
    expect(paths['/srv/pipe']).toMatchObject({ type: 'fifo', source: 'tmpfs:/srv/pipe' });
    expect(paths['/srv/ü \'x\' "y" $(z)']).toMatchObject({ content: 'odd\n' });
    expect(paths['/srv/d/'].entries).toHaveProperty(['/new\nline']);
  });
});

describe('a case that changes between the boots', () => {
  const rows = [{ file: '/srv/a', options: 'tmpfs' }];
  const input = {
    litefile: rows,
    litetree: [{ priority: '1', directory: 'mn:/lite' }],
    image: { '/srv/a': 'image\n' },
    boots: 3,
  };

  test('may gain and lose a tree', async () => {
    const before_boot = { 1: { 'mn:/lite': { '/srv/a': 'tree\n' } }, 2: { 'mn:/lite': null } };
    const file = write('tree.json', JSON.stringify({ input: { ...input, before_boot } }));
    const { boots, id } = JSON.parse((await conformance('--json', file)).out);
    expect(id).toBe('tree');
    const missing = { error: { message: 'cannot mount mn:/lite' } };
    expect(boots).toMatchObject([
      missing,
      { paths: { '/srv/a': { content: 'tree\n', source: 'tmpfs:/srv/a' } } },
      missing,
    ]);
  });

  test('may gain and lose a store, whose contents stay', async () => {
    const litefile = [{ file: '/srv/a', options: 'persistent' }];
    const before_boot = { 1: { persistent: { '/srv/a': 'kept\n' } }, 2: { persistent: null } };
    const changing = { ...input, litefile, litetree: [], before_boot };
    const file = write('store.json', JSON.stringify({ input: changing }));
    const { boots } = JSON.parse((await conformance('--json', file)).out);
    expect(boots).toMatchObject([
      { error: { code: 'ERR_STATELITE_STORE' } },
      { paths: { '/srv/a': { content: 'kept\n', source: 'persistent:/srv/a' } } },
      { error: { code: 'ERR_STATELITE_STORE' } },
    ]);
    expect(boots[2]).not.toHaveProperty('persistent');
  });
});

test('the console names what is missing, and why a boot failed; no write waits for a reader', async () => {
  const file = write(
    'told.json',
    JSON.stringify({
      input: {
        litefile: [{ file: '/srv/', options: 'tmpfs' }],
        litetree: [{ priority: '1', directory: 'gone:/lite', mntopts: 'nofail' }],
        image: { '/srv/pipe': { type: 'fifo' } },
        node_writes: {
          0: [
            { path: '/srv/pipe', content: 'x' },
            { path: '/srv/new', content: 'x', mode: '0600' },
          ],
        },
      },
    }),
  );
  const [told, refused] = (await conformance('--json', file, fixture('refused'))).out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).boots[0]);
  expect(told.console).toEqual(['degraded: the optional tree gone:/lite is missing']);
  expect(told.node_writes).toEqual([
    { write: '/srv/pipe', ok: false, error: 'ENXIO' },
    { write: '/srv/new', ok: true },
  ]);
  expect(refused.console[0]).toMatch(/^error: .*sideways/u);
});

describe('what cannot be used', () => {
  test.each<[why: string, argv: () => string[], told: string]>([
    ['an unknown option', () => ['--colour'], "Unknown option '--colour'"],
    ['a file that is not there', () => ['/nowhere/one.json'], '/nowhere/one.json: ENOENT'],
    ['what is no JSON', () => [write('bad.json', '{')], 'bad.json: '],
    ['what is no case', () => [write('list.json', '[]')], 'list.json: the case is not an object'],
    [
      'a case with another type',
      () => [altered('refused', '"type": "file"', '"type": "door"')],
      'refused-altered.json: the case.input.image./etc/a.type is none of file',
    ],
    [
      'an image that is not there',
      () => [altered('every-key', 'every-key', 'x')],
      'small-copy.json',
    ],
  ])('%s ends with 2', async (_, argv, told) => {
    const { code, err } = await conformance(...argv());
    expect(err).toContain(told);
    expect(code).toBe(2);
  });

  test('a case does not keep the others from being run', async () => {
    const list = write('list.json', '[]');
    const { code, out } = await conformance('--json', list, fixture('refused'));
    const [unfit, refused, ...rest] = out.split('\n').filter((line) => line !== '');
    expect(JSON.parse(unfit ?? '')).toEqual({
      id: 'list',
      liteimg: [],
      boots: [],
      error: { code: 'ERR_STATELITE_USAGE', message: 'the case is not an object' },
    });
    expect(JSON.parse(refused ?? '')).toMatchObject({ boots: [{ exit: 1 }] });
    expect({ code, rest }).toEqual({ code: 2, rest: [] });
  });
});

test('a suite that is ended leaves nothing behind', async () => {
  const { child, code } = start([fixture('every-key'), fixture('hostile'), fixture('ram-root')]);
  await expect.poll(() => casesOf(child.pid), { timeout: 20_000 }).not.toEqual([]);
  const cases = casesOf(child.pid);
  child.kill('SIGTERM');
  expect(await code).toBe(143);
  await expect.poll(() => cases.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('test/conformance');
});

test('a suite whose reader is gone ends without a word', async () => {
  const { child, code } = start(['--json', fixture('every-key'), fixture('hostile')]);
  child.stdout.destroy();
  expect(await text(child.stderr)).toBe('');
  expect(await code).toBe(141);
});

/** The processes that a suite runs cases in. */
function casesOf(suite: number | undefined): string[] {
  const children = readFileSync(`/proc/${suite}/task/${suite}/children`, 'utf8').trim();
  return children.split(' ').filter((pid) => {
    const program = `/proc/${pid}/cmdline`;
    return existsSync(program) && readFileSync(program, 'utf8').includes('run-case.ts');
  });
}
