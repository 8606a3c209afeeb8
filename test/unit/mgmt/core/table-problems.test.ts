import { describe, expect, test } from 'vitest';
import { tableProblems, treeProblems } from '../../../../mgmt/core/table-problems.ts';
import { tableRows } from '../../../helpers/cluster.ts';

const osimage = [
  { imagename: 'a', groups: 'hpc' },
  { imagename: 'b', groups: 'hpc,lab' },
];
const all = (file: string, options: string, image = 'ALL') => ({ image, file, options });
const problems = (...litefile: ReturnType<typeof all>[]) =>
  tableProblems(tableRows({ osimage, litefile }));

describe('the litefile table', () => {
  test('is fine with parents and children that go together', () => {
    expect(problems(all('/var/', 'tmpfs'), all('/var/log/', 'persistent'))).toEqual([]);
  });

  test('has one problem, said once, for a pair that every image has', () => {
    const found = problems(all('/var/', 'persistent'), all('/var/log/', 'tmpfs'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/"\/var\/log\/" \(tmpfs\).*"\/var\/" \(persistent\)/u);
  });

  test('is looked at for each image: what another image overrides is no problem of it', () => {
    const rows = [all('/var/', 'persistent', 'a'), all('/var/log/', 'tmpfs', 'b')];
    expect(problems(...rows)).toEqual([]);
    expect(problems(...rows, all('/var/', 'persistent', 'lab'))).toHaveLength(1);
  });

  test('is not looked at for a group as if that were an image', () => {
    expect(
      problems(
        all('/var/', 'persistent', 'lab'),
        all('/var/log/', 'tmpfs'),
        all('/var/log/', 'persistent', 'b'),
      ),
    ).toEqual([]);
  });

  test('has a problem if rows for one path are as specific and disagree', () => {
    const found = problems(all('/etc', 'tmpfs'), all('/etc/', 'persistent'));
    expect(found).toEqual([expect.stringContaining('"/etc"')]);
  });

  test('may say anything of /etc/mtab', () => {
    expect(problems(all('/etc/', 'persistent'), all('/etc/mtab', 'tmpfs'))).toEqual([]);
  });

  test('is judged without its disabled rows', () => {
    const rows = [all('/var/', 'persistent'), { ...all('/var/log/', 'tmpfs'), disable: '1' }];
    expect(problems(...rows)).toEqual([]);
  });
});

const tree = (directory: string, image = 'ALL') => ({ priority: '1', image, directory });
const overlaps = (litetree: ReturnType<typeof tree>[], ...litefile: ReturnType<typeof all>[]) =>
  treeProblems(tableRows({ osimage, litefile, litetree }));

describe('a directory of the image in litetree', () => {
  test.for<[string, string]>([
    ['/srv/tree', '/srv/'],
    ['/srv', '/srv/tree/'],
    ['/srv/', '/srv'],
  ])('%s overlaps the listed %s, which is said once', ([directory, file]) => {
    expect(overlaps([tree(directory)], all(file, 'tmpfs'))).toEqual([
      expect.stringMatching(/litetree directory \/srv\S* .*listed path "\/srv/u),
    ]);
  });

  test.for<[string, string]>([
    ['/srv', '/srv2/'],
    ['server:/srv', '/srv/'],
    ['/srv/$node', '/srv/'],
    ['/etc', '/etc/mtab'],
  ])('%s is no problem beside %s', ([directory, file]) => {
    expect(overlaps([tree(directory)], all(file, 'tmpfs'))).toEqual([]);
  });

  test('is looked at for each image', () => {
    expect(overlaps([tree('/srv', 'a')], all('/srv/', 'tmpfs', 'b'))).toEqual([]);
    expect(overlaps([tree('/srv', 'c')], all('/srv/', 'tmpfs'))).toHaveLength(1);
  });
});
