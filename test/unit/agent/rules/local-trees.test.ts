import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { parseTree } from '../../../../agent/rules/litetree.ts';
import { refuseListedTrees } from '../../../../agent/rules/local-trees.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { memoryView } from '../../../helpers/views.ts';

const image = memoryView({
  '/srv/d': 'dir',
  '/etc/motd': 'm',
  '/etc/mtab': 'm',
  '/alias': '-> srv/d/lite',
  '/planted': '-> .statelite/tmpfs/planted',
  '/to-planted': '-> planted/x',
  '/loop': '-> loop',
});
const entries = entriesOf(
  [row('/srv/d/'), row('/etc/motd'), row('/planted/', 'link')],
  image,
  nothingSaved,
);
const treeAt = (directory: string) => parseTree({ priority: '1', directory, mntopts: '' });

describe('1.7 a tree that is a directory of the image', () => {
  test.for([
    ['/srv', 'holds'],
    ['/srv/d', 'is'],
    ['/srv/d/lite', 'lies below'],
    ['/', 'holds'],
    ['/alias', 'leads below'],
    ['/to-planted', 'leads below'],
  ] as const)('%s is refused: it %s a listed path', ([directory]) => {
    expect(() => refuseListedTrees([treeAt(directory)], entries, image)).toThrow(
      failure('ERR_STATELITE_TABLE', `directory ${directory} of the image`, 'overlap'),
    );
  });

  test.for(['/srv/dd', '/opt/lite', '/etc/motd.d', '/etc/mtab', '/loop'])(
    '%s is accepted',
    (directory) => {
      expect(() => refuseListedTrees([treeAt(directory)], entries, image)).not.toThrow();
    },
  );

  test('the same directory on a server is no business of the image', () => {
    expect(() => refuseListedTrees([treeAt('mn:/srv/d')], entries, image)).not.toThrow();
  });
});
