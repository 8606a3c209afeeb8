import { expect, test } from 'vitest';
import { noExlist } from '../../../../mgmt/image/pack/exlist.ts';
import { inOrder, type Member, newMember } from '../../../../mgmt/image/pack/member.ts';
import { withEdits, withoutExcluded } from '../../../../mgmt/image/pack/select.ts';

const tree = members(
  'etc/',
  'etc/fstab=a',
  'usr/',
  'usr/share/',
  'usr/share/doc/',
  'usr/share/doc/x=1',
);

test('a directory that is excluded stays if something in it does', () => {
  const left = withoutExcluded(tree, {
    ...noExlist,
    exclude: ['./usr', './usr/share*'],
    include: ['./usr/share/doc/x'],
  });
  expect(paths(left)).toEqual([
    '',
    'etc',
    'etc/fstab',
    'usr',
    'usr/share',
    'usr/share/doc',
    'usr/share/doc/x',
  ]);
});

test('what is below an excluded directory goes only if it is excluded itself', () => {
  expect(paths(withoutExcluded(tree, { ...noExlist, exclude: ['./usr/share/doc'] }))).toContain(
    'usr/share/doc/x',
  );
  expect(paths(withoutExcluded(tree, { ...noExlist, exclude: ['./usr*'] }))).toEqual([
    '',
    'etc',
    'etc/fstab',
  ]);
});

test('the root itself cannot be excluded', () => {
  expect(paths(withoutExcluded(tree, { ...noExlist, exclude: ['*'] }))).toEqual(['']);
});

test('an edit keeps owner and mode, and gives the file a content of its own', async () => {
  const linked = tree.map((member) =>
    member.path === 'etc/fstab' ? { ...member, uid: 5, mode: 0o600, identity: '1:2' } : member,
  );
  const edited = await withEdits(linked, [{ path: '/etc/fstab', change: (old) => `${old}b` }]);
  const file = edited.find(({ path }) => path === 'etc/fstab');
  expect(file).toMatchObject({ uid: 5, mode: 0o600, size: 2, identity: undefined });
  expect(text(file)).toBe('ab');
});

test('a file that is missing is made, with the directories above it', async () => {
  const edited = await withEdits(tree, [
    { path: '/opt/xcat/xcatinfo', change: (old = 'new') => old },
  ]);
  expect(paths(edited)).toEqual(expect.arrayContaining(['opt', 'opt/xcat', 'opt/xcat/xcatinfo']));
  expect(paths(edited)).toEqual(paths(inOrder(edited)));
});

test('links on the way are followed inside the root, however they are written', async () => {
  const linked = [...tree, link('opt', '/../../usr'), link('usr/conf', '../etc')];
  const edited = await withEdits(linked, [
    { path: '/opt/conf/fstab', change: () => 'changed' },
    { path: '/opt/new', change: () => 'new' },
  ]);
  expect(text(edited.find(({ path }) => path === 'etc/fstab'))).toBe('changed');
  expect(paths(edited)).toContain('usr/new');
  expect(edited.find(({ path }) => path === 'opt')?.kind).toBe('link');
});

test('a loop of links, a directory and a path below a file are left alone', async () => {
  const odd = [...tree, link('a', 'b'), link('b', 'a')];
  const edits = ['/a', '/etc', '/etc/fstab/x'].map((path) => ({ path, change: () => 'x' }));
  expect(await withEdits(odd, edits)).toEqual(inOrder(odd));
});

function members(...written: string[]): Member[] {
  const made = written.map((one) => {
    if (one.endsWith('/')) return newMember(one.slice(0, -1), 'directory');
    const [path = '', content = ''] = one.split('=');
    return newMember(path, 'file', Buffer.from(content));
  });
  return [newMember('', 'directory'), ...made];
}

function link(path: string, target: string): Member {
  return { ...newMember(path, 'file'), kind: 'link', target };
}

function paths(list: readonly Member[]): string[] {
  return list.map(({ path }) => path);
}

function text(member: Member | undefined): string {
  return member !== undefined && 'data' in member.source ? member.source.data.toString() : '';
}
