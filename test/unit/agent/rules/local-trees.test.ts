import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { parseTree } from '../../../../agent/rules/litetree.ts';
import { refuseListedTrees } from '../../../../agent/rules/local-trees.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { memoryView } from '../../../helpers/views.ts';

const entries = entriesOf(
  [row('/srv/d/'), row('/etc/motd')],
  memoryView({ '/srv/d': 'dir', '/etc/motd': 'm' }),
  nothingSaved,
);
const treeAt = (directory: string) => parseTree({ priority: '1', directory, mntopts: '' });

describe('1.7 a tree that is a directory of the image', () => {
  test.for([
    ['/srv', 'holds'],
    ['/srv/d', 'is'],
    ['/srv/d/lite', 'lies below'],
    ['/', 'holds'],
  ] as const)('%s is refused: it %s a listed path', ([directory]) => {
    expect(() => refuseListedTrees([treeAt(directory)], entries)).toThrow(
      failure('ERR_STATELITE_TABLE', `directory ${directory} of the image`, 'overlap'),
    );
  });

  test.for(['/srv/dd', '/opt/lite', '/etc/motd.d'])('%s is accepted', (directory) => {
    expect(() => refuseListedTrees([treeAt(directory)], entries)).not.toThrow();
  });

  test('the same directory on a server is no business of the image', () => {
    expect(() => refuseListedTrees([treeAt('mn:/srv/d')], entries)).not.toThrow();
  });
});
