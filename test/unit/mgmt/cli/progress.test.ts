import { expect, test } from 'vitest';
import { openStderr, type Io } from '../../../../mgmt/cli/io.ts';

const open = (stderr: Io['stderr']) => {
  const written: string[] = [];
  return { written, ...openStderr({ stderr, err: (text) => void written.push(text) }) };
};
const clear = '\r\u001B[K';

test('progress on a terminal is one line, redrawn and never wider than it', () => {
  const { written, progress } = open({ columns: 20 });
  progress.step('packages');
  progress.update('12 of 300 unpacked');
  progress.done('300 packages');
  expect(written).toEqual([
    `${clear}packages`,
    `${clear}packages: 12 of 300`,
    `${clear}300 packages\n`,
  ]);
});

test('progress elsewhere is plain lines, without updates', () => {
  const { written, progress } = open('plain');
  progress.step('packages');
  progress.update('12 of 300');
  progress.done('300 packages');
  expect(written).toEqual(['packages\n', '300 packages\n']);
});

test('a message on a terminal goes above the progress', () => {
  const { written, log, progress } = open({ columns: 80 });
  log.info('before');
  progress.step('packages');
  log.warn('no such package: vim');
  expect(written).toEqual([
    'statelite: before\n',
    `${clear}packages`,
    `${clear}statelite: warning: no such package: vim\npackages`,
  ]);
});

test('people read no priorities and no debug messages, the journal gets both', () => {
  const say = ({ log }: ReturnType<typeof open>) => {
    log.error('failed');
    log.debug('detail');
  };
  const people = open('plain');
  const journal = open('journal');
  say(people);
  say(journal);
  expect(people.written.join('')).toBe('statelite: failed\n');
  expect(journal.written).toEqual(['<3>statelite: failed\n', '<7>statelite: detail\n']);
});
