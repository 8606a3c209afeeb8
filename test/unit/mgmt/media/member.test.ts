import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../../mgmt/media/fingerprint.ts';
import { parseListing } from '../../../../mgmt/media/iso-listing.ts';
import { bytesOfMembers, checkMembers, type Member } from '../../../../mgmt/media/member.ts';

const file = (path: string, bytes = 1): Member => ({ kind: 'file', path, bytes });
const link = (path: string, target: string): Member => ({ kind: 'link', path, target });
const directory = (path: string): Member => ({ kind: 'directory', path });

describe('members that a copy may have', () => {
  test.for([
    [[file('a'), directory('b'), file('b/c')]],
    [[link('debian', '.')]],
    [[directory('a'), directory('a/b'), link('a/b/l', '../../c/d')]],
    [[link('here', './a/b')]],
    [[file('two..dots'), file('...'), file('na me'), file('é')]],
  ] as const)('%j', ([members]) => {
    expect(() => checkMembers('/m.iso', members)).not.toThrow();
  });

  test.for([
    [[file('/etc/passwd')], 'has an absolute name'],
    [[file('../etc/passwd')], 'has a name with ..'],
    [[directory('a'), file('a/../../x')], 'has a name with ..'],
    [[file('')], 'empty part'],
    [[directory('a'), file('a//b')], 'empty part'],
    [[file('a\nb')], 'odd characters'],
    [[file('a\\nb')], 'odd characters'],
    [[file('a'), file('a')], 'is there twice'],
    [[link('a', 'b'), file('a')], 'is there twice'],
    [[link('a', 'b'), file('a/c')], 'below something that is no directory'],
    [[file('b/c')], 'below something that is no directory'],
    [[link('a', '/etc')], 'leads out of it, to /etc'],
    [[link('a', '..')], 'leads out'],
    [[link('a', '')], 'leads out'],
    [[directory('d'), link('d/a', '../..')], 'leads out'],
    [[directory('d'), link('d/a', '../../d')], 'leads out'],
    [[directory('d'), link('d/up', '..'), link('d/out', 'up/..')], 'leads out'],
  ] as const)('%j is refused', ([members, problem]) => {
    expect(() => checkMembers('/m.iso', members)).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_PATH',
        message: expect.stringContaining(problem),
        hint: expect.stringContaining('nothing was copied'),
      }),
    );
  });
});

describe('a listing of bsdtar', () => {
  test('has files, directories, links, and files that share their place', () => {
    const lines = [
      'drwxr-xr-x  3 0      0        2048 Nov 22 11:39 .',
      'drwxr-xr-x  2 0      0        2048 Jan  1  2001 sub',
      '-r--r--r--  2 0      0  5000000000 Nov 22 11:39 sub/big file',
      '-r--r--r--  2 0      0           0 Nov 22 11:39 same link to sub/big file',
      'hr--r--r--  2 0      0           0 Nov 22 11:39 ./too link to sub/big file',
      '-rw-r--r--  1 0      0           1 Nov 22 11:39 na me -> x',
      'lrwxrwxrwx  1 0      0           0 Nov 22 11:39 sub/l -> ../sub',
    ];
    expect(parseListing('/m.iso', lines)).toEqual([
      directory('sub'),
      file('sub/big file', 5_000_000_000),
      file('same', 5_000_000_000),
      file('too', 5_000_000_000),
      file('na me -> x', 1),
      link('sub/l', '../sub'),
    ]);
  });

  test.for([
    'crw-r--r--  1 0      0         1,3 Nov 22 11:39 null',
    'prw-r--r--  1 0      0           0 Nov 22 11:39 pipe',
    'lrwxrwxrwx  1 0      0           0 Nov 22 11:39 a -> b -> ../../etc',
    '-r--r--r--  2 0      0           0 Nov 22 11:39 same link to not listed',
    'something else',
    '',
  ])('"%s" is refused', (line) => {
    expect(() => parseListing('/m.iso', [line])).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_PATH' }),
    );
  });
});

test('a medium is known by names and sizes, in whatever order they come', () => {
  const members = [file('a', 1), directory('d'), file('d/b', 2)];
  const same = fingerprintOf(members);
  expect(fingerprintOf(members.toReversed())).toBe(same);
  expect(fingerprintOf([file('a', 2), directory('d'), file('d/b', 2)])).not.toBe(same);
  expect(fingerprintOf([...members, file('c')])).not.toBe(same);
  expect(bytesOfMembers(members)).toBe(3);
});
