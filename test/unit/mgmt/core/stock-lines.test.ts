import { describe, expect, test } from 'vitest';
import { stockLitefile, stockLitetree } from '../../../../mgmt/core/stock-answer.ts';
import { stockFiles, stockTrees } from '../../../../mgmt/core/stock-lines.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure, row } from '../../../helpers/rows.ts';

/** The tables behind the recorded answers of a stock daemon, shortened. */
const recorded = clusterOf({
  nodelist: [{ node: 'n1', groups: 'compute' }],
  nodetype: [{ node: 'compute', profile: 'rhcompute', provmethod: 'rhcompute' }],
  noderes: [{ node: 'compute', nfsserver: '10.99.0.1' }],
  osimage: [{ imagename: 'rhcompute', groups: 'hpc' }],
  litefile: [
    { image: 'rhcompute', file: '/var/log/' },
    { image: 'rhcompute', file: '/etc/mtab' },
    { image: 'hpc', file: '/opt/hpc/', options: 'persistent' },
    { image: 'ALL', file: '/etc/everywhere.conf', options: 'link' },
    { image: 'rhcompute', file: '/etc/adjtime' },
  ],
  litetree: [
    { priority: '2.0', image: 'ALL', directory: '10.99.0.1:/lite/common' },
    {
      priority: '1.5',
      image: 'ALL',
      directory: '$noderes.nfsserver:/lite/profile/$nodetype.profile',
      mntopts: 'soft,timeo=30',
    },
    { priority: '1', image: 'rhcompute', directory: '10.99.0.1:/lite/node/$node' },
    { priority: '3.0', image: 'ALL', directory: '/local/only' },
    { priority: '0.5', image: 'other', directory: '10.99.0.1:/lite/other' },
  ],
});

test('litefile answers a stock node as its own daemon does', () => {
  expect(stockLitefile('n1', recorded)).toEqual([
    'n1: tmpfs,rw      /etc/adjtime',
    'n1: link          /etc/everywhere.conf',
    'n1: tmpfs,rw      /etc/mtab',
    'n1: persistent    /opt/hpc/',
    'n1: tmpfs,rw      /var/log/',
  ]);
});

test('litetree answers a stock node as its own daemon does', () => {
  expect(stockLitetree('n1', recorded)).toEqual([
    'n1: 10.99.0.1:/lite/node/n1',
    'n1: 10.99.0.1:/lite/profile/rhcompute :soft,timeo=30',
    'n1: 10.99.0.1:/lite/common',
    'n1: /local/only',
  ]);
});

describe('a file in stock words', () => {
  test.for<[string, string]>([
    ['', 'tmpfs,rw'],
    ['tmpfs,rw', 'tmpfs,rw'],
    ['rw, tmpfs', 'tmpfs,rw'],
    ['link', 'link'],
    ['tmpfs', 'tmpfs'],
    ['rw', 'rw'],
    ['bind', 'bind'],
    ['con,link', 'link,con'],
    [' link , persistent ', 'link,persistent'],
    ['localdisk', 'localdisk'],
  ])('"%s" is "%s"', ([options, expected]) => {
    expect(stockFiles([row('/x', options)])).toContainEqual({ path: '/x', options: expected });
  });

  test('/etc/mtab is there even if no row names it', () => {
    expect(stockFiles([])).toEqual([{ path: '/etc/mtab', options: 'link' }]);
  });

  test('/etc/mtab is tmpfs,rw whatever its row says', () => {
    expect(stockFiles([row('/etc/mtab', 'persistent')])).toEqual([
      { path: '/etc/mtab', options: 'tmpfs,rw' },
    ]);
  });

  test('the most specific row for a path counts, also if only one has the slash', () => {
    const rows = [row('/a/', 'ro', 'group'), row('/a', 'persistent', 'image'), row('/a', 'con')];
    expect(stockFiles(rows)[0]).toEqual({ path: '/a', options: 'persistent' });
  });

  test('rows that disagree are refused', () => {
    expect(() => stockFiles([row('/a/', 'ro'), row('/a', 'persistent')])).toThrow(
      failure('ERR_STATELITE_TABLE', '/a'),
    );
  });
});

const tree = (priority: string, directory: string, specificity = 'ALL' as const) => ({
  priority,
  directory,
  mntopts: '',
  specificity,
});

describe('trees', () => {
  test('are sorted by priority as a number, and a location counts once, at its best place', () => {
    const rows = [tree('10', 's:/a'), tree('9', 's:/b'), tree('1.5', 's:/a'), tree('11', 's://b/')];
    expect(stockTrees(rows).map(({ priority, location }) => [priority, location])).toEqual([
      ['1.5', 's:/a'],
      ['9', 's:/b'],
    ]);
  });

  test('of one priority come most specific first', () => {
    const rows = [tree('1', 's:/all'), { ...tree('1', 's:/image'), specificity: 'image' as const }];
    expect(stockTrees(rows).map(({ location }) => location)).toEqual(['s:/image', 's:/all']);
  });
});
