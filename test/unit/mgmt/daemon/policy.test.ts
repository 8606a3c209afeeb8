import { describe, expect, test } from 'vitest';
import { isAllowed, type PolicyRow } from '../../../../mgmt/daemon/policy.ts';

const blank = { name: null, host: null, commands: null, noderange: null, parameters: null };

const row = (priority: string, rule: string, columns: Partial<PolicyRow> = {}): PolicyRow => ({
  ...blank,
  priority,
  rule,
  ...columns,
});

describe('a node without a certificate', () => {
  test('may do what a row allows, and nothing else', () => {
    const rows = [row('4.7', 'allow', { commands: 'litefile' })];
    expect(isAllowed(rows, 'n1', 'litefile')).toBe(true);
    expect(isAllowed(rows, 'n1', 'litetree')).toBe(false);
    expect(isAllowed([], 'n1', 'litefile')).toBe(false);
  });

  test('is decided by the first row that matches, priorities being numbers', () => {
    const rows = [
      row('10', 'deny', { commands: 'litefile' }),
      row('9.5', 'allow', { commands: 'litefile' }),
    ];
    expect(isAllowed(rows, 'n1', 'litefile')).toBe(true);
  });

  test('never matches a row that asks for a name', () => {
    expect(isAllowed([row('1', 'allow', { name: 'root' })], 'n1', 'litefile')).toBe(false);
    expect(isAllowed([row('1', 'allow', { name: '*' })], 'n1', 'litefile')).toBe(false);
  });

  test('is told from others by its exact name', () => {
    const rows = [row('1', 'deny', { host: 'n1' }), row('2', 'allow')];
    expect(isAllowed(rows, 'n1', 'litefile')).toBe(false);
    expect(isAllowed(rows, 'n10', 'litefile')).toBe(true);
  });

  test.for(['litefile,litetree', 'litetree litefile', ' litefile '])(
    'may run each command of "%s", as whole words',
    (commands) => {
      const rows = [row('1', 'allow', { commands })];
      expect(isAllowed(rows, 'n1', 'litefile')).toBe(true);
      expect(isAllowed(rows, 'n1', 'lite')).toBe(false);
    },
  );

  test.for([
    ['allow', true],
    ['Accept', true],
    ['trusted', true],
    ['disallow', false],
    ['deny', false],
    ['', false],
  ] as const)('rule "%s" allows: %s', ([rule, expected]) => {
    expect(isAllowed([row('1', rule)], 'n1', 'litefile')).toBe(expected);
  });

  test.for(['noderange', 'parameters'])(
    'a condition on %s, which is not evaluated, opens nothing and still closes',
    (column) => {
      const allows = row('1', 'allow', { [column]: 'compute' });
      const denies = row('1', 'deny', { [column]: 'compute' });
      expect(isAllowed([allows], 'n1', 'litefile')).toBe(false);
      expect(isAllowed([denies, row('2', 'allow')], 'n1', 'litefile')).toBe(false);
    },
  );
});
