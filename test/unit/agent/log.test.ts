import { expect, test } from 'vitest';
import { createLogger, formatRecord } from '../../../agent/log.ts';

test.for([
  ['error', 3],
  ['warn', 4],
  ['info', 6],
  ['debug', 7],
] as const)('%s has the priority %d of syslog', ([name, number]) => {
  const records: string[] = [];
  createLogger('statelite', (record) => records.push(record))[name]('42 entries');
  expect(records).toEqual([`<${number}>statelite: 42 entries\n`]);
});

test('every line of a message is a record of its own', () => {
  expect(formatRecord('statelite', 'info', 'one\ntwo\n')).toEqual([
    '<6>statelite: one\n',
    '<6>statelite: two\n',
  ]);
});

test('a line that /dev/kmsg would cut is split, and nothing of it is lost', () => {
  const message = `${'a'.repeat(899)}${'b'.repeat(1000)}`;
  const records = formatRecord('statelite', 'info', message);
  expect(records.length).toBe(3);
  for (const record of records) expect(Buffer.byteLength(record)).toBeLessThan(960);
  expect(records.map((record) => record.slice('<6>statelite: '.length, -1)).join('')).toBe(message);
});

test('a character outside the basic plane is not torn', () => {
  const records = formatRecord('t', 'info', `${'a'.repeat(224)}😀b`);
  expect(records).toEqual([`<6>t: ${'a'.repeat(224)}😀\n`, '<6>t: b\n']);
});

test('a record stays below 1 KiB also where characters take several bytes', () => {
  const records = formatRecord('statelite', 'info', 'ö€😀'.repeat(400));
  expect(Math.max(...records.map((record) => Buffer.byteLength(record)))).toBeLessThan(1024);
  const text = records.map((record) => record.slice('<6>statelite: '.length, -1)).join('');
  expect(text).toBe('ö€😀'.repeat(400));
});
