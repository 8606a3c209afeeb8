import { expect, test } from 'vitest';
import { type CaseInput, decodeCase } from '../../conformance/case.ts';
import { failure } from '../../helpers/rows.ts';

const decoded = (input: object): CaseInput => decodeCase({ id: 'one', input }, 'file').input;
const row = { image: 'ALL', file: '/etc/a', options: 'tmpfs' };

test('what a case does not say is as the records have it', () => {
  expect(decoded({})).toMatchObject({
    liteimg: [[]],
    boots: 1,
    root: 'ro',
    persistent: null,
    localdisk: null,
  });
});

test('a run of liteimg is with the table of the boot or with another', () => {
  const other = { ...row, file: '/etc/b' };
  expect(decoded({ litefile: [row], liteimg: ['same', [other]] }).liteimg).toEqual([
    [row],
    [other],
  ]);
});

test('a text alone is a file', () => {
  const { image } = decoded({ image: { '/etc/a': 'hello\n' } });
  expect(image['/etc/a']).toMatchObject({ type: 'file', content: 'hello\n', uid: 0 });
});

test('modes are octal', () => {
  const { image } = decoded({ image: { '/a': { type: 'dir', mode: '1777' } } });
  expect(image['/a']?.mode).toBe(0o1777);
});

test('changes to the image may be named so', () => {
  const changes = { '/etc/a': { type: 'missing' } };
  expect(decoded({ before_liteimg: { 1: { image: changes } } }).beforeLiteimg).toEqual(
    decoded({ before_liteimg: { 1: changes } }).beforeLiteimg,
  );
});

test('keys that mean nothing here are named', () => {
  expect(decodeCase({ input: { node: 'n1', colour: 'red' } }, 'file').unknown).toEqual(['colour']);
});

test('a case without an id has the name of its file', () => {
  expect(decodeCase({ input: {} }, 'file').id).toBe('file');
});

test.each([[null], [{}]])('observed: %j is no record', (observed) => {
  expect(decodeCase({ id: 'one', input: {}, observed }, 'file').observed).toBeNull();
});

test('a row may be disabled', () => {
  const { litefile } = decoded({ litefile: [{ ...row, disable: '1' }, row] });
  expect(litefile).toEqual([{ ...row, disable: '1' }, row]);
});

test('trees may change by name or below trees, and vanish', () => {
  const entries = { '/a': 'x' };
  const { beforeBoot } = decoded({ before_boot: { 1: { 'mn:/x': entries, persistent: null } } });
  expect(beforeBoot['1']).toMatchObject({ 'mn:/x': { '/a': { content: 'x' } }, persistent: null });
  expect(decoded({ before_boot: { 1: { trees: { 'mn:/x': entries } } } }).beforeBoot).toEqual(
    decoded({ before_boot: { 1: { 'mn:/x': entries } } }).beforeBoot,
  );
});

test.each<[why: string, value: unknown, where: string]>([
  ['a list', [], 'the case'],
  ['without an input', { id: 'one' }, 'input'],
  ['with an observed that is no object', { id: 'one', input: {}, observed: 1 }, 'observed'],
  ['with a row without a file', { id: 'one', input: { litefile: [{}] } }, 'input.litefile[0]'],
  ['with another root', { id: 'one', input: { root: 'rx' } }, 'input.root'],
  ['with half a boot', { id: 'one', input: { boots: 0.5 } }, 'input.boots'],
  [
    'with an odd type',
    { id: 'one', input: { image: { '/a': { type: 'door' } } } },
    'image./a.type',
  ],
  [
    'with a decimal mode',
    { id: 'one', input: { image: { '/a': { type: 'dir', mode: '89' } } } },
    'mode',
  ],
  ['with a relative path', { id: 'one', input: { image: { a: 'x' } } }, 'input.image.a'],
  ['that writes nowhere', { id: 'one', input: { node_writes: { 0: [{}] } } }, 'node_writes.0[0]'],
])('a case that is %s is refused with the place', (_, value, where) => {
  expect(() => decodeCase(value, 'file')).toThrow(failure('ERR_STATELITE_USAGE', where));
});
