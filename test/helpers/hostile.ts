import * as fc from 'fast-check';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import type { MemoryTree } from './views.ts';

/** Names that mean something to a shell, a parser, a terminal or a careless program. */
export const hostileNames: readonly string[] = [
  [' ', 'a b', ' before', 'after ', '\t', 'a\rb', '\u0001', '\u007f', '\u0085', '\u00a0'],
  ['$(reboot)', '`reboot`', '${HOME}', '~', '!!', ';', '|', '&', 'a&&b', '>x', '<x>', '#'],
  ['*', '?', '[', ']', '[a-z]', '{a,b}', '"q"', `it's`, 'a\\b', '\\', 'a\\', '-', '-rf', '--'],
  [':', 'a:b', 'mn:', ',', '=', '%s%n', '%2e%2e', '%00', '%', '\\x2e', '\\040', '\\n', '&amp;'],
  ['...', '..data', '.hidden', '. ', '.default', '.statelite', 'proc', 'constructor'],
  ['\u00e9', 'e\u0301', '\u00df', '\u65e5\u672c', '\u{1f469}\u200d\u{1f4bb}', '\u202e'],
  ['\u2028', '\ufeff', '\ufffd', '\u{1f600}'.repeat(63)],
  ['x'.repeat(255), `${'\u00e9'.repeat(127)}x`],
].flat();

/** What a name must not be or hold (semantics 1.2). */
export const refusedNames: readonly string[] = [
  '.',
  '..',
  '\n',
  'a\nb',
  '\0',
  'a\0b',
  'x'.repeat(256),
  '\u00e9'.repeat(128),
];

/** Another name for each of `a`, `b` and `c`. */
export type Renaming = Readonly<Record<string, string>>;

/** Three hostile names; those that are reserved on top stand in a directory, where they mean nothing. */
export const anyRenaming: fc.Arbitrary<Renaming> = fc
  .uniqueArray(fc.constantFrom(...hostileNames), { minLength: 3, maxLength: 3 })
  .map((names) => {
    const [a = '', b = '', c = ''] = names.map((name) => (reserved.has(name) ? `d/${name}` : name));
    return { a, b, c };
  });

const reserved: ReadonlySet<string> = new Set(['.default', '.statelite', 'proc']);

/** The same path, or the same link, with other names. */
export function renamed(path: string, names: Renaming): string {
  const [, arrow = '', rest = ''] = /^(-> )?(.*)$/su.exec(path) ?? [];
  return arrow + rest.replaceAll(/(?<=^|\/)[abc](?=\/|$)/gu, (name) => names[name] ?? name);
}

export function renamedRows(rows: readonly LitefileRow[], names: Renaming): LitefileRow[] {
  return rows.map((row) => ({ ...row, file: renamed(row.file, names) }));
}

export function renamedTree(tree: MemoryTree, names: Renaming): MemoryTree {
  const objects = Object.entries(tree).map(([path, content]) => [
    renamed(path, names),
    content.startsWith('-> ') ? renamed(content, names) : content,
  ]);
  return Object.fromEntries(objects);
}
