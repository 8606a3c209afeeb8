import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapePath, layout, mountPointOf } from '../../../../agent/rules/layout.ts';

describe('5.3 the mount point of a tree', () => {
  test.for([
    ['mn', '/lite/one', 'mn/lite-one'],
    ['10.0.0.9', '/srv/a-b', '10.0.0.9/srv-a\\x2db'],
    ['[fd00::1]', '/t', '[fd00::1]/t'],
    ['mn', '/', 'mn/-'],
    ['mn', '/-', 'mn/\\x2d'],
    ['mn', '/.x/.y', 'mn/\\x2ex-.y'],
    ['mn', '/a b', 'mn/a\\x20b'],
    ['mn', '/é', 'mn/\\xc3\\xa9'],
    ['..', '/t', '\\x2e./t'],
    [undefined, '/opt/tree', '-/opt-tree'],
  ] as const)('%s:%s is mounted on %s', ([server, directory, place]) => {
    expect(mountPointOf({ server, directory })).toBe(`/.statelite/mnt/${place}`);
  });

  test('a name of more than 200 bytes is cut and gets a hash of the whole', () => {
    const long = `/${'x'.repeat(250)}`;
    const place = escapePath(long);
    expect(place).toMatch(/^x{200}-[0-9a-f]{16}$/u);
    expect(escapePath(`${long}y`)).not.toBe(place);
    expect(escapePath(`/${'x'.repeat(200)}`)).toBe('x'.repeat(200));
  });

  test('every location has one directory of its own, two levels below the trees', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '-', '.', '\\', 'x', '2', 'd', ' ') });
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(normal);
    const server = fc.constantFrom('mn', 'mn2', '10.0.0.1');
    fc.assert(
      fc.property(server, path, server, path, (s1, p1, s2, p2) => {
        const [one, other] = [
          mountPointOf({ server: s1, directory: p1 }),
          mountPointOf({ server: s2, directory: p2 }),
        ];
        expect(one === other).toBe(s1 === s2 && p1 === p2);
        const names = one.slice(layout.trees.length + 1).split('/');
        expect(names).toHaveLength(2);
        expect(names.some((part) => part === '' || part.startsWith('.'))).toBe(false);
      }),
    );
  });
});

function normal(names: readonly string[]): string {
  return `/${names.filter((name) => name !== '' && name !== '.' && name !== '..').join('/')}`;
}
