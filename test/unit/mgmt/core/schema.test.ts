import { expect, test } from 'vitest';
import { type Schema, take } from '../../../../mgmt/core/schema.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 3 },
    word: { type: 'string', enum: ['ok', 'error'] },
    id: { type: 'string', pattern: '^[a-z]$' },
    count: { type: 'integer', minimum: 0, maximum: 9 },
    size: { type: 'number' },
    flag: { type: 'boolean' },
    list: { type: 'array', maxItems: 2, items: { type: 'object', required: ['step'] } },
    counts: { type: 'object', maxProperties: 2, additionalProperties: { type: 'number' } },
  },
  required: ['name'],
};

test('a value goes on without what the schema does not know', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  const value = { name: 'a', more: deep, list: [{ step: 1 }], counts: { tmpfs: 1 } };
  expect(take(schema, value)).toEqual({
    value: { name: 'a', list: [{}], counts: { tmpfs: 1 } },
  });
});

test('a property named like one of every object is a property', () => {
  const value: unknown = JSON.parse('{"name":"a","counts":{"__proto__":1,"constructor":2}}');
  expect(JSON.stringify(take(schema, value))).toBe(JSON.stringify({ value }));
  expect(take({ type: 'object', required: ['toString'] }, {})).toMatchObject({
    wrong: { path: 'toString' },
  });
});

test.for([
  [[], '', 'is not an object'],
  [null, '', 'is not an object'],
  [{}, 'name', 'is missing'],
  [{ name: 1 }, 'name', 'is not a text'],
  [{ name: 'long' }, 'name', 'is longer than 3 characters'],
  [{ name: '', word: 'fine' }, 'word', 'is not one of: ok, error'],
  [{ name: '', id: 'ab' }, 'id', 'is malformed'],
  [{ name: '', count: 1.5 }, 'count', 'is not a whole number'],
  [{ name: '', count: -1 }, 'count', 'is below 0'],
  [{ name: '', count: 10 }, 'count', 'is above 9'],
  [{ name: '', size: '1' }, 'size', 'is not a number'],
  [{ name: '', size: Infinity }, 'size', 'is not a number'],
  [{ name: '', flag: 0 }, 'flag', 'is not true or false'],
  [{ name: '', list: {} }, 'list', 'is not a list'],
  [{ name: '', list: [1, 2, 3] }, 'list', 'has more than 2 items'],
  [{ name: '', list: [{ step: 1 }, {}] }, 'list[1].step', 'is missing'],
  [{ name: '', counts: { a: 1, b: 'c' } }, 'counts.b', 'is not a number'],
  [{ name: '', counts: { a: 1, b: 2, c: 3 } }, 'counts', 'has more than 2 properties'],
] as const)('%j is refused: %s %s', ([value, path, why]) => {
  expect(take(schema, value)).toEqual({ wrong: { path, why } });
});
