import { describe, expect, test } from 'vitest';
import { stockDifferencesOf } from '../../../../mgmt/exchange/differences.ts';
import { type Difference, differenceLine } from '../../../../mgmt/exchange/finding.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';

const osimage = { imagename: 'img', imagetype: 'linux', provmethod: 'statelite' };
const base: Given = {
  nodelist: [
    { node: 'n1', groups: 'compute' },
    { node: 'n2', groups: 'compute' },
  ],
  nodetype: [{ node: 'compute', os: 'el9', arch: 'x86_64', profile: 'c', provmethod: 'img' }],
  osimage: [osimage],
};

function differences(given: Given): Difference[] {
  return stockDifferencesOf(clusterOf({ ...base, ...given }));
}

/** All numbers of the differences about a subject. */
function quirksOf(found: readonly Difference[], subject: string): (string | undefined)[] {
  return found
    .filter((one) => one.subject.startsWith(subject))
    .flatMap(({ reasons }) => reasons.map(({ quirk }) => quirk));
}

const file = (path: string, options: string, image = 'img') => ({ image, file: path, options });
const tree = (directory: string, more: Readonly<Record<string, string>> = {}) => ({
  priority: '1',
  image: 'ALL',
  directory,
  ...more,
});
const inGroups = (groups: string) => ({ osimage: [{ ...osimage, groups }] });

describe('stock xCAT resolves a path otherwise', () => {
  test.for<[string, string, string, string, Given]>([
    [
      'mgmt QUIRK-2',
      '/x',
      'tmpfs (row for any image)',
      'not listed',
      { litefile: [file('/x', 'tmpfs', '')] },
    ],
    [
      'mgmt QUIRK-16',
      '/x',
      'persistent (row of a group)',
      'not listed',
      { ...inGroups('a,b'), litefile: [file('/x', 'persistent', 'a')] },
    ],
    [
      'mgmt QUIRK-16',
      '/x',
      'not listed',
      'persistent (row for a,b)',
      { ...inGroups('a,b'), litefile: [file('/x', 'persistent', 'a,b')] },
    ],
    [
      'mgmt QUIRK-17',
      '/x',
      'persistent (row of a group)',
      'tmpfs (row for ALL)',
      {
        ...inGroups('a'),
        litefile: [file('/x', 'persistent', 'a'), file('/x', 'tmpfs', 'ALL')],
      },
    ],
    [
      'mgmt QUIRK-38',
      '/etc',
      'persistent',
      'refused by liteimg',
      { litefile: [file('/etc/', 'persistent')] },
    ],
    [
      'mgmt QUIRK-37',
      '/var/x',
      'link,ro below /var/ (link)',
      'refused by liteimg',
      { litefile: [file('/var/', 'link'), file('/var/x', 'link,ro')] },
    ],
    [
      'mgmt QUIRK-37',
      '/var/x (link below /var/ (tmpfs))',
      'refused',
      'taken',
      { litefile: [file('/var/', 'tmpfs'), file('/var/x', 'link')] },
    ],
    [
      'mgmt QUIRK-40',
      '/var/x (tmpfs below /var/ (persistent))',
      'refused',
      'taken',
      { litefile: [file('/var', 'persistent'), file('/var/x', 'tmpfs')] },
    ],
    [
      'mgmt QUIRK-39',
      '/var/x (tmpfs below /var/ (persistent))',
      'refused',
      'taken',
      {
        litefile: [
          file('/var/', 'persistent'),
          file('/opt/var/', 'persistent'),
          file('/var/x', 'tmpfs'),
        ],
      },
    ],
    [
      'mgmt QUIRK-40',
      '/a/b/c',
      'link',
      'otherwise',
      { litefile: ['/a/', '/a/b/', '/a/b/c'].map((path) => file(path, 'link')) },
    ],
    ['mgmt QUIRK-21', '/a:b', 'tmpfs', 'otherwise', { litefile: [file('/a:b', 'tmpfs')] }],
    ['mgmt QUIRK-21', '/a&b', 'tmpfs', 'otherwise', { litefile: [file('/a&b', 'tmpfs')] }],
    ['node QUIRK-48', '/a b', 'tmpfs', 'otherwise', { litefile: [file('/a b', 'tmpfs')] }],
    ['node QUIRK-18', '/x', 'con', 'otherwise', { litefile: [file('/x', 'con')] }],
  ])('%s: %s', ([quirk, subject, here, stock, given]) => {
    const found = differences(given);
    expect(found).toContainEqual(expect.objectContaining({ subject, here, stock }));
    expect(quirksOf(found, subject)).toContain(quirk);
  });

  test.for<[string, string, Given]>([
    ['a word only the manual of 2010 has', 'bind', { litefile: [file('/x', 'bind')] }],
    ['another order of words', 'ro,link', { litefile: [file('/x', 'ro,link')] }],
  ])('if it has %s', ([, options, given]) => {
    const stock = `${options}, refused by liteimg (row for img)`;
    expect(differences(given)).toContainEqual(expect.objectContaining({ subject: '/x', stock }));
  });

  test('if rows that are equally specific disagree, which are refused here', () => {
    const litefile = [file('/x', 'tmpfs'), file('/x/', 'ro')];
    const [found] = differences({ litefile });
    expect(found?.here).toContain('two litefile rows');
    expect(found?.stock).toBe('tmpfs (row for img) and ro (row for img)');
  });

  test('if a row does not apply there, which is told once', () => {
    const litefile = [file('/var/', 'tmpfs', ''), file('/var/x', 'link')];
    expect(differences({ litefile }).map(({ subject }) => subject)).toEqual(['/var']);
  });

  test('if the name of an image has blanks around it, which count there', () => {
    const [found] = differences({ litefile: [file('/x', 'tmpfs', ' img')] });
    expect(found).toMatchObject({ subject: '/x', stock: 'not listed' });
    expect(found?.reasons).toEqual([expect.objectContaining({ quirk: undefined })]);
  });

  test('but says nothing of con if a tree may have the file', () => {
    const litetree = [tree('nfs1:/t')];
    expect(differences({ litefile: [file('/x', 'con')], litetree })).toEqual([]);
  });
});

describe('stock xCAT searches a tree otherwise', () => {
  test.for<[string, Given]>([
    ['mgmt QUIRK-16', { ...inGroups('a,b'), litetree: [tree('nfs1:/t', { image: 'a' })] }],
    ['mgmt QUIRK-16', { ...inGroups('a,b'), litetree: [tree('nfs1:/t', { image: 'a,b' })] }],
    ['mgmt QUIRK-5', { litetree: [tree('nfs1:/t'), tree('nfs1:/u', { image: 'img' })] }],
    ['mgmt QUIRK-18', { litetree: [tree('/t', { mntopts: 'soft' })] }],
    ['node QUIRK-16', { litetree: [tree('/t')] }],
    ['mgmt QUIRK-19', { litetree: [tree('[fe80::1]:/t')] }],
    ['mgmt QUIRK-19', { litetree: [tree('nfs1:/t:u')] }],
    ['mgmt QUIRK-20', { litetree: [tree('nfs1:/t', { mntopts: 'soft' })] }],
    ['node QUIRK-48', { litetree: [tree('nfs1:/t u')] }],
  ])('%s: %j', ([quirk, given]) => {
    expect(quirksOf(differences(given), 'tree 1 ')).toContain(quirk);
  });

  test('or the same one of two with one priority', () => {
    const litetree = [tree('nfs1:/t'), tree('nfs1:/u', { image: 'img' })];
    expect(differences({ litetree }).map(({ subject }) => subject)).toEqual(['tree 1 nfs1:/t']);
  });
});

describe('stock xCAT puts values into a location otherwise', () => {
  const noderes = [{ node: 'compute', nfsserver: 'nfs1', tftpserver: '<xcatmaster>' }];
  const site = [{ key: 'master', value: 'mn' }];

  test.for<[string, string, string, string]>([
    ['mgmt QUIRK-25', 'nfs1:/$nodetype.os$nodetype.arch', 'nfs1:/el9x86_64', 'nfs1:/el9.x86_64'],
    ['mgmt QUIRK-26', 'nfs1:/$node-suf', 'nfs1:/n1-suf (n1)', 'nothing at all'],
    ['mgmt QUIRK-26', 'nfs1:/$node.txt', 'nfs1:/n1.txt (n1)', 'nothing at all'],
    ['mgmt QUIRK-26', 'nfs1:/${node}', 'nfs1:/n1 (n1)', 'nothing at all'],
    ['mgmt QUIRK-26', '$noderes.nfsserver.org:/t', 'nfs1.org:/t', 'nfs1:/t'],
    ['mgmt QUIRK-30', '$noderes.tftpserver:/t', 'mn:/t', '<xcatmaster>:/t'],
  ])('%s: tree %s', ([quirk, directory, here, stock]) => {
    const found = differences({ noderes, site, litetree: [tree(directory)] });
    expect(found).toEqual([
      expect.objectContaining({ subject: `tree 1 ${directory}`, here, stock, nodes: ['n1', 'n2'] }),
    ]);
    expect(quirksOf(found, 'tree')).toEqual([quirk]);
  });

  test.for<[string, string, string, string]>([
    ['mgmt QUIRK-28', 'nfs1:/s/$nodetype.profile', 'nfs1:/s/c', '/nfs1:/s/c'],
    ['mgmt QUIRK-28', 'nfs1:/s/$nodetype.os', 'nfs1:/s/el9', '/nfs1:/s/el9'],
    ['mgmt QUIRK-30', '$noderes.tftpserver:/s', 'mn:/s', '<xcatmaster>:/s'],
  ])('%s: statemnt %s', ([quirk, statemnt, here, stock]) => {
    const statelite = [{ node: 'compute', statemnt }];
    const found = differences({ noderes, site, statelite });
    expect(found).toEqual([expect.objectContaining({ here, stock, nodes: ['n1', 'n2'] })]);
    expect(quirksOf(found, 'statemnt')).toEqual([quirk]);
  });

  test.for<[string, string]>([
    ['mgmt QUIRK-27', 'nfs1:/s/$nodetype.os/#CMD=uname -r#/'],
    ['mgmt QUIRK-29', 'nfs1:/s/#CMD=uname -r#/'],
  ])('%s: commands in statemnt %s', ([quirk, statemnt]) => {
    const found = differences({ noderes, statelite: [{ node: 'compute', statemnt }] });
    expect(quirksOf(found, 'statemnt')).toContain(quirk);
  });

  test('mgmt QUIRK-27: commands in trees, refused here or run by nobody', () => {
    const litetree = [tree('nfs1:/#CMD=uname -r#')];
    const [off] = differences({ litetree });
    expect(off?.here).toContain('#CMD= is not switched on');
    expect(off?.stock).toBe('nfs1:/(what uname -r prints)');
    expect(off?.reasons.map(({ quirk }) => quirk)).toEqual(['mgmt QUIRK-27']);
    const [on] = differences({ litetree, site: [{ key: 'statelitecmd', value: 'yes' }] });
    expect(on?.here).toBe('nfs1:/(what uname -r prints), run by nobody');
    expect(on?.reasons).toEqual(off?.reasons);
  });

  test.for<[string, Given]>([
    ['the image', { nodetype: [{ node: 'n1', provmethod: '|x(\\d+)|img($1)|' }] }],
    ['the store', { statelite: [{ node: 'n1', statemnt: '|x(\\d+)|nfs($1):/s|' }] }],
    [
      'a tree',
      {
        noderes: [{ node: 'compute', nfsserver: '|n(1)|nfs($1)|' }],
        litetree: [tree('$noderes.nfsserver:/t')],
      },
    ],
  ])('mgmt QUIRK-13: a regex for %s that cannot take the name of the node', ([, given]) => {
    const found = differences(given);
    expect(quirksOf(found, '')).toEqual(['mgmt QUIRK-13']);
    expect(found[0]?.nodes).toHaveLength(1);
    expect(found[0]?.here).toMatch(/^refused \(n[12]: /u);
  });

  test('and writes UNDEFINED for what has no value, which is refused here', () => {
    const [found] = differences({ litetree: [tree('$noderes.nfsserver:/t')] });
    expect(found?.stock).toBe('UNDEFINED:/t');
    expect(found?.here).toContain('noderes has no nfsserver for n1');
  });

  test('but the common forms come out the same', () => {
    const litetree = [tree('$noderes.nfsserver:/t/$node/a$node/$nodetype.profile/')];
    const statelite = [{ node: 'compute', statemnt: '$noderes.nfsserver:/s/$nodetype.os' }];
    expect(differences({ noderes, litetree, statelite })).toEqual([]);
  });

  test('node QUIRK-27: the mount options of persistent stores replace the defaults', () => {
    const statelite = [{ node: 'compute', statemnt: 'nfs1:/s', mntopts: 'soft' }];
    expect(quirksOf(differences({ statelite }), 'statelite.mntopts')).toContain('node QUIRK-27');
  });
});

describe('stock xCAT knows', () => {
  test('no image of a node without os, arch and profile', () => {
    const nodetype = [
      ...(base.nodetype ?? []),
      { node: 'n3', provmethod: 'img' },
      { node: 'n4', provmethod: 'install' },
    ];
    const nodelist = [...(base.nodelist ?? []), { node: 'n3' }, { node: 'n4' }, { node: 'n5' }];
    const found = differences({ nodelist, nodetype });
    expect(found).toEqual([expect.objectContaining({ nodes: ['n3'], images: ['img'] })]);
  });

  test('no linuximage of an osimage without imagetype: mgmt QUIRK-8', () => {
    const bare = { imagename: 'img', provmethod: 'statelite' };
    const found = differences({ osimage: [bare], linuximage: [{ imagename: 'img' }] });
    expect(quirksOf(found, 'the osimage')).toEqual(['mgmt QUIRK-8']);
    expect(differences({ osimage: [bare] })).toEqual([]);
  });

  test('nothing else than here of rows that are usual, or of images that are not statelite', () => {
    const litefile = [
      file('/etc/mtab', 'persistent', 'ALL'),
      file('/etc/ssh/', 'tmpfs', 'ALL'),
      file('/etc/motd', '', 'ALL'),
      file('/var/log/', 'persistent'),
      file('/var/log/', 'tmpfs', 'ALL'),
    ];
    const litetree = [tree('nfs1:/t')];
    const statelite = [{ node: 'compute', statemnt: 'nfs1:/s' }];
    expect(differences({ litefile, litetree, statelite })).toEqual([]);
    const netboot = [{ ...osimage, provmethod: 'netboot' }];
    expect(differences({ osimage: netboot, litefile: [file('/x', 'bind')] })).toEqual([]);
  });
});

describe('equal findings', () => {
  const images = ['a', 'b', 'c'].map((imagename) => ({ ...osimage, imagename }));
  const nodelist = ['n1', 'n2', 'n3'].map((node) => ({ node, groups: 'compute' }));
  const nodetype = [
    { node: 'n1', provmethod: 'a' },
    { node: 'n2', provmethod: 'a' },
    { node: 'n3', provmethod: 'b' },
    { node: 'compute', os: 'el9', arch: 'x86_64', profile: 'c' },
  ];

  test('of images are one, with their nodes folded', () => {
    const found = differences({
      osimage: images,
      nodelist,
      nodetype,
      litefile: [file('/x', 'bind', 'ALL')],
    });
    expect(found.map(differenceLine)).toEqual([
      expect.stringMatching(
        /^nodes n\[1-3\], images a,b,c: \/x: here tmpfs .*, stock bind, refused/u,
      ),
    ]);
  });

  test('of an image without nodes name the image', () => {
    const found = differences({
      osimage: images,
      nodelist,
      nodetype,
      litefile: [file('/x', 'bind', 'c')],
    });
    expect(found.map(differenceLine)).toEqual([
      expect.stringMatching(/^image c: \/x: here tmpfs/u),
    ]);
  });
});

test('many nodes in two hundred images are one line per finding', () => {
  const count = 2000;
  const names = Array.from({ length: 200 }, (_, index) => `img${index}`);
  const nodelist = Array.from({ length: count }, (_, index) => ({
    node: `cn${String(index).padStart(5, '0')}`,
    groups: `g${index % 200},compute`,
  }));
  const nodetype = names.map((provmethod, index) => ({
    node: `g${index}`,
    os: 'el9',
    arch: 'x86_64',
    profile: 'c',
    provmethod,
  }));
  const found = differences({
    nodelist,
    nodetype,
    osimage: names.map((imagename) => ({ ...osimage, imagename, groups: 'a,b' })),
    litefile: [file('/x', 'persistent', 'a'), file('/x', 'tmpfs', 'ALL')],
    litetree: [tree('nfs1:/t/$node-x')],
  });
  expect(found.map(differenceLine)).toEqual([
    expect.stringMatching(/^nodes cn\[00000-01999\], images img\[0-199\]: \/x: /u),
    expect.stringMatching(/^nodes cn\[00000-01999\], images img\[0-199\]: tree 1 /u),
  ]);
});
