import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openJournal } from '../../../../agent/machine/journal.ts';
import { plantTree, type Planted, tempRoot } from '../../../helpers/tree.ts';

const quiet = '4\t4\t1\t7\n';

/** A journal whose kernel is a directory: kmsg and console are files. */
async function opened(kernel: Readonly<Record<string, Planted>>, debug = false) {
  const root = await tempRoot();
  const at = (name: string) => join(root.path, name);
  plantTree(root.path, { '/console': '', ...kernel });
  const console = openSync(at('console'), 'a');
  const journal = openJournal(() => debug, { kmsg: at('kmsg'), control: at('control'), console });
  return {
    ...journal,
    at,
    read: (name: string) => readFileSync(at(name), 'utf8'),
    async [Symbol.asyncDispose]() {
      closeSync(console);
      await root.remove();
    },
  };
}

const kernel = {
  '/kmsg': '',
  '/control/printk_devkmsg': 'ratelimit\n',
  '/control/printk': '7\t4\t1\t7\n',
};

describe('the journal', () => {
  test('goes to kmsg, without its rate limit', async () => {
    await using journal = await opened(kernel);
    journal.log.info('one\ntwo');
    journal.log.error('three');
    expect(journal.read('kmsg')).toBe(
      '<6>statelite: one\n<6>statelite: two\n<3>statelite: three\n',
    );
    expect(journal.read('control/printk_devkmsg')).toBe('on\n');
    expect(journal.read('console')).toBe('');
  });

  test('has debug lines only if they are wanted', async () => {
    await using without = await opened(kernel);
    without.log.debug('input');
    expect(without.read('kmsg')).toBe('');
    await using wanted = await opened(kernel, true);
    wanted.log.debug('input');
    expect(wanted.read('kmsg')).toBe('<7>statelite: input\n');
  });

  test('prints what must be read and `quiet` hides on the console', async () => {
    await using journal = await opened({ ...kernel, '/control/printk': quiet });
    journal.log.info('hidden');
    journal.log.warn('warning');
    journal.log.error('shown by the kernel');
    expect(journal.read('console')).toBe('statelite: warning\n');
  });

  test.for([
    ['takes no messages', { ...kernel, '/kmsg': { dir: 0o755 } }, 'statelite: a\nstatelite: b\n'],
    ['has no messages', { '/control/printk': quiet }, 'statelite: a\nstatelite: b\n'],
    ['has no control of them', { '/kmsg': '' }, 'statelite: b\n'],
  ] as const)('where the kernel %s, the console has them', async ([, without, printed]) => {
    await using journal = await opened({ ...without });
    journal.log.info('a');
    journal.log.error('b');
    expect(journal.read('console')).toBe(printed);
  });
});

describe('statelite.log', () => {
  test('has all lines of the boot, with the time since the kernel started', async () => {
    await using journal = await opened(kernel);
    journal.log.info('before');
    journal.keepIn(journal.at('statelite.log'));
    journal.log.warn('after');
    expect(journal.read('statelite.log')).toMatch(
      /^\[ *\d+\.\d{3}\] before\n\[ *\d+\.\d{3}\] after\n$/u,
    );
  });

  test('is left while the root is mounted anew, and the next one has all lines again', async () => {
    await using journal = await opened(kernel);
    journal.keepIn(journal.at('first.log'));
    journal.log.info('one');
    journal.leaveFile();
    rmSync(journal.at('first.log'));
    journal.log.info('two');
    journal.keepIn(journal.at('second.log'));
    journal.log.info('three');
    expect(journal.read('second.log').replaceAll(/\[.*?\] /gu, '')).toBe('one\ntwo\nthree\n');
    expect(() => journal.read('first.log')).toThrow('ENOENT');
  });

  test('that cannot be written any more ends with a warning, and fails nothing', async () => {
    await using journal = await opened(kernel);
    mkdirSync(journal.at('statelite.log'));
    journal.keepIn(journal.at('statelite.log'));
    journal.log.info('goes on');
    expect(journal.read('kmsg')).toContain('takes no more lines\n<6>statelite: goes on\n');
  });

  test('after the devices are gone, the console has the rest', async () => {
    await using journal = await opened(kernel);
    journal.keepIn(journal.at('statelite.log'));
    journal.release();
    journal.log.info('last words');
    expect(journal.read('console')).toBe('statelite: last words\n');
    expect(journal.read('statelite.log') + journal.read('kmsg')).toBe('');
  });
});
