import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { unpreparedPaths } from '../../../../mgmt/core/unprepared.ts';
import { preparedImage } from '../../../helpers/prepared-image.ts';
import { row } from '../../../helpers/rows.ts';
import { memoryView } from '../../../helpers/views.ts';

const raw = { '/etc/motd': 'x', '/etc/app': 'dir' };
const listed = [row('/etc/motd'), row('/etc/app/')];

describe('an image that does not fit its table', () => {
  test.each([
    ['nothing when it was prepared for it', listed, []],
    ['a new row as it is written', [...listed, row('/opt//new')], ['/opt//new']],
    ['a row with another option', [row('/etc/motd', 'link'), row('/etc/app/')], ['/etc/motd']],
    ['a row that is gone', [row('/etc/motd')], ['/etc/app']],
  ])('shows in %s', (_, rows, paths) => {
    const { image, saved } = preparedImage(listed, raw);
    expect(unpreparedPaths(entriesOf(rows, memoryView(image), saved), saved)).toEqual(paths);
  });

  test('shows in every row when liteimg never ran', () => {
    const entries = entriesOf(listed, memoryView(raw), nothingSaved);
    expect(unpreparedPaths(entries, nothingSaved).toSorted()).toEqual(['/etc/app/', '/etc/motd']);
  });
});
