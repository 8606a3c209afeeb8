import { expect, test } from 'vitest';
import { formatEntry } from '../../../../mgmt/cli/log.ts';
import type { HistoryEntry } from '../../../../mgmt/db/history.ts';

const entry: HistoryEntry = {
  change: 12,
  at: '2026-11-22T08:01:07.123Z',
  who: 'root',
  command: 'chtab',
  table: 'litefile',
  key: { image: 'ALL', file: '/tmp/' },
  kind: 'changed',
  columns: { options: { old: 'tmpfs', new: 'persistent' }, comments: { old: null, new: 'why' } },
};

test('a change is one line', () => {
  expect(formatEntry(entry)).toBe(
    "12  2026-11-22 08:01:07  root  chtab  litefile image=ALL,file=/tmp/  options: tmpfs -> persistent  comments: '' -> why",
  );
});

test('a row that was added or removed is shown with its columns', () => {
  expect(
    formatEntry({ ...entry, kind: 'added', columns: { options: { old: null, new: 'ro' } } }),
  ).toBe('12  2026-11-22 08:01:07  root  chtab  litefile image=ALL,file=/tmp/  added  options: ro');
  expect(formatEntry({ ...entry, who: '', kind: 'removed', columns: {} })).toBe(
    '12  2026-11-22 08:01:07  chtab  litefile image=ALL,file=/tmp/  removed',
  );
});

test('a value cannot forge a line or reach the terminal', () => {
  const columns = { comments: { old: null, new: 'a\n13 \u001B[2Jroot' } };
  expect(formatEntry({ ...entry, columns })).toContain(String.raw`a\u{a}13 \u{1b}[2Jroot`);
});
