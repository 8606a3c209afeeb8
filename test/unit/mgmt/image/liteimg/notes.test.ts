import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../../../agent/rules/save.ts';
import { notesOn } from '../../../../../mgmt/image/liteimg/notes.ts';
import { row } from '../../../../helpers/rows.ts';
import { memoryView } from '../../../../helpers/views.ts';

const image = memoryView({ '/d': 'dir', '/run': 'dir', '/var/run': '-> /run' });

function notes(table: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(table).map(([file, options]) => row(file, options));
  return notesOn(entriesOf(rows, image, nothingSaved));
}

describe('the hint at single files (semantics 3.7)', () => {
  test.for([
    { '/f': 'tmpfs' },
    { '/f': 'persistent' },
    { '/f': 'localdisk' },
    { '/f': 'con' },
    { '/d': 'tmpfs', '/d/f': 'persistent' },
  ])('is given for %j', (table) => {
    expect(notes(table)).toEqual([expect.stringMatching(/\/f is a single file .* by rename/u)]);
  });

  test.for([
    { '/f': 'link' },
    { '/f': 'link,persistent' },
    { '/f': 'ro' },
    { '/d': 'tmpfs' },
    { '/d': 'tmpfs', '/d/f': 'tmpfs' },
    { '/d': 'tmpfs', '/d/f': 'con' },
    { '/d': 'persistent', '/d/f': 'persistent' },
  ])('is not given for %j', (table) => {
    expect(notes(table)).toEqual([]);
  });

  test('names one file, and counts the others', () => {
    expect(notes({ '/f': 'tmpfs', '/g': 'tmpfs', '/h': 'con' })).toEqual([
      expect.stringMatching(/^\/f and 2 more are/u),
    ]);
  });
});

test('a row that is left alone is told, with the place it leads to (semantics 1.5)', () => {
  expect(notes({ '/var/run/': 'tmpfs' })).toEqual([
    expect.stringMatching(/\/var\/run\/ .* \/run,/u),
  ]);
});
