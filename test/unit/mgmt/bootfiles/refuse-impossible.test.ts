import { expect, test } from 'vitest';
import { refuseImpossible, storeDemands } from '../../../../mgmt/bootfiles/refuse-impossible.ts';

const rows = (...options: string[]) =>
  storeDemands(
    options.map((option, index) => ({
      file: `/var/f${index}`,
      options: option,
      specificity: 'ALL' as const,
    })),
  );

test('a persistent row without a persistent store is refused, naming node and path', () => {
  expect(() => refuseImpossible('n1', rows('tmpfs', 'link,persistent'), ['STATEMNT='])).toThrow(
    expect.objectContaining({
      code: 'ERR_STATELITE_TABLE',
      message: '/var/f1 is link,persistent, but n1 has no persistent store',
    }),
  );
});

test('a localdisk row without a local disk is refused, naming node and path', () => {
  expect(() => refuseImpossible('n1', rows('localdisk'), ['STATEMNT=s:/d'])).toThrow(
    '/var/f0 is localdisk, but n1 has no local disk',
  );
});

test('rows whose stores are there are fine', () => {
  const words = ['STATEMNT=s:/d', 'statelite.localdisk=/dev/sda1'];
  expect(() => refuseImpossible('n1', rows('persistent', 'localdisk', 'ro'), words)).not.toThrow();
});

test('a local disk that nodes divide themselves is one', () => {
  for (const word of ['PARTITION', 'PARTITION_RH', 'PARTITION_SLES']) {
    expect(() => refuseImpossible('n1', rows('localdisk'), [word])).not.toThrow();
  }
});

test('a row that a more specific one makes volatile asks for nothing', () => {
  const demands = storeDemands([
    { file: '/var/log', options: 'persistent', specificity: 'ALL' },
    { file: '/var/log', options: 'tmpfs', specificity: 'image' },
  ]);
  expect(() => refuseImpossible('n1', demands, ['STATEMNT='])).not.toThrow();
});
