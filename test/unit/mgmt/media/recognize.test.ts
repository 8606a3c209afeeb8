import { describe, expect, test } from 'vitest';
import { archOf, discNumber } from '../../../../mgmt/media/distribution.ts';
import { isIdentifying, recognize } from '../../../../mgmt/media/recognize.ts';

const of = (texts: Readonly<Record<string, string>>) => recognize(new Map(Object.entries(texts)));
const discinfo = (description: string, id = '1700000000.000000') =>
  `${id}\n${description}\nx86_64\nALL\n`;
const treeinfo = (family: string, more = '') => `[general]\nfamily = ${family}\n${more}`;

describe('.discinfo', () => {
  test.for([
    ['CentOS Linux 8', 'centos8'],
    ['CentOS Stream 9', 'centos-stream9'],
    ['Rocky Linux 9.4', 'rocky9.4'],
    ['AlmaLinux 9.2', 'alma9.2'],
    ['Red Hat Enterprise Linux 7.3', 'rhels7.3'],
    ['Red Hat Enterprise Linux 8.5.0', 'rhels8.5.0'],
    ['Red Hat Enterprise Linux ComputeNode 7.3', 'rhels7.3-computenode'],
    ['Red Hat Enterprise Linux Alternate 7.4', 'rhels7.4'],
    ['Red Hat Enterprise Linux Server 5.2', 'rhels5.2'],
    ['Oracle Linux 9.3.0', 'ol9.3.0'],
    ['Oracle Linux Server 7.9', 'ol7.9'],
    ['Fedora 40', 'fedora40'],
    ['Fedora-20', 'fedora20'],
    ['IBM_PowerKVM', 'pkvm'],
    ['IBM_PowerKVM 2.1.1', 'pkvm2.1.1'],
  ] as const)('"%s" is %s', ([description, name]) => {
    expect(of({ '.discinfo': discinfo(description) })).toEqual({
      family: 'redhat',
      name,
      arch: 'x86_64',
      disc: 'ALL',
    });
  });

  test.for([
    ['1285193176.460470', 'rhels6'],
    ['1384198011.520581', 'rhels6.5'],
    ['1341569670.539525', 'centos6.3'],
    ['1354216429.587870', 'rhels5.9'],
  ] as const)('the id %s is known, whatever the description says', ([id, name]) => {
    expect(of({ '.discinfo': discinfo('Final', id) })).toMatchObject({ name });
  });

  test.for([
    ['x86_64', 'x86_64'],
    ['i386', 'x86'],
    ['i686', 'x86'],
    ['ppc', 'ppc64'],
    ['ppc64le', 'ppc64le'],
    ['aarch64', 'aarch64'],
    ['../../etc', undefined],
  ] as const)('its architecture %s is %s', ([word, arch]) => {
    const text = `1.0\nRocky Linux 9.4\n${word}\n1\n`;
    expect(of({ '.discinfo': text })).toMatchObject({ name: 'rocky9.4', arch });
  });

  test.for([
    ['1', '1'],
    ['1,2,3', '1,2,3'],
    ['ALL', 'ALL'],
    ['', undefined],
    ['../1', undefined],
  ] as const)('its disc "%s" is %s', ([word, disc]) => {
    expect(of({ '.discinfo': `1.0\nRocky Linux 9.4\nx86_64\n${word}` })).toMatchObject({ disc });
  });

  test('lines may end in carriage returns', () => {
    expect(of({ '.discinfo': '1.0\r\nAlmaLinux 9.2\r\nx86_64\r\nALL\r\n' })).toEqual({
      family: 'redhat',
      name: 'alma9.2',
      arch: 'x86_64',
      disc: 'ALL',
    });
  });

  test.for(['Something 1', 'Red Hat Enterprise Linux Beta', 'Rocky Linux', '', '9.4'])(
    '"%s" alone names nothing, but the medium is of the family',
    (description) => {
      expect(of({ '.discinfo': discinfo(description) })).toMatchObject({
        family: 'redhat',
        name: undefined,
        arch: 'x86_64',
      });
    },
  );
});

describe('.treeinfo', () => {
  test.for([
    ['CentOS', '7.9', 'centos7.9'],
    ['CentOS Stream', '9', 'centos-stream9'],
    ['Rocky Linux', '9.4', 'rocky9.4'],
    ['AlmaLinux', '9.2', 'alma9.2'],
    ['Red Hat Enterprise Linux', '9.3', 'rhels9.3'],
    ['Oracle Linux Server', '9.3', 'ol9.3'],
    ['Fedora', '39', 'fedora39'],
    ['Scientific Linux', '6.4', 'SL6.4'],
  ] as const)('decides whose the bare number is: %s %s', ([family, number, name]) => {
    const texts = { '.discinfo': discinfo(number), '.treeinfo': treeinfo(family) };
    expect(of(texts)).toMatchObject({ name });
  });

  test('says the version where .discinfo has a code name', () => {
    const texts = {
      '.discinfo': discinfo('Final'),
      '.treeinfo': treeinfo('CentOS', 'version=5.8'),
    };
    expect(of(texts)).toMatchObject({ name: 'centos5.8' });
  });

  test('ComputeNode is the edition for clusters', () => {
    const variant = treeinfo('Red Hat Enterprise Linux', 'variant = ComputeNode\n');
    for (const description of ['Red Hat Enterprise Linux 7.2', '7.2']) {
      expect(of({ '.discinfo': discinfo(description), '.treeinfo': variant })).toMatchObject({
        name: 'rhelhpc7.2',
      });
    }
  });

  test('is enough for a tree without .discinfo, also in the form without [general]', () => {
    const text = '[release]\nname = Rocky Linux\nversion = 9.4\n[tree]\narch = aarch64\n';
    expect(of({ '.treeinfo': text })).toEqual({
      family: 'redhat',
      name: 'rocky9.4',
      arch: 'aarch64',
      disc: undefined,
    });
  });

  test('of a family that is not known says nothing', () => {
    expect(of({ '.treeinfo': treeinfo('openSUSE Leap', 'version = 16.0') })).toBeUndefined();
  });
});

describe('media.N and content', () => {
  test.for([
    [
      '/ openSUSE-Leap 15.6-1',
      'openSUSE - openSUSE-Leap-15.6-DVD-x86_64-Build710.3-Media',
      'leap15.6',
    ],
    ['/ Leap 15.6-1', 'openSUSE - Leap-x86_64', 'leap15.6'],
    ['/ SLES15-SP5 15.5-0', 'SUSE - SLE-15-SP5-Full-x86_64-Build57.1-Media1', 'sles15.5'],
    ['/ SLE-15-SP3 15.3-0', 'SUSE - SLE-15-SP3-Full-x86_64', 'sles15.3'],
    ['/ SUSE-Linux-Enterprise-Server 12.1-0', 'SUSE - x86_64', 'sles12.1'],
    ['/ openSUSE 11.1-0', 'openSUSE - x86_64', 'suse11'],
    ['/ cselx 1.0-0', 'x - x86_64', 'suse11'],
  ] as const)('products "%s"', ([products, media, name]) => {
    expect(of({ 'media.1/products': products, 'media.1/media': `${media}\nbuild\n1\n` })).toEqual({
      family: 'suse',
      name,
      arch: 'x86_64',
      disc: '1',
    });
  });

  test.for([
    ['DISTRO cpe:/o:suse:sles:12:sp3,SUSE Linux Enterprise Server 12 SP3', 'sles12.3'],
    ['DISTRO cpe:/o:suse:sles:12,SUSE Linux Enterprise Server 12', 'sles12'],
    ['DISTRO           cpe:/o:opensuse:leap:42.3,openSUSE Leap 42.3', 'leap42.3'],
    ['VERSION 11.3-1.138', 'sles11.3'],
    ['VERSION 10.2', 'sles10.2'],
  ] as const)('content "%s" is %s', ([line, name]) => {
    const texts = {
      content: `CONTENTSTYLE 11\n${line}\nBASEARCHS x86_64\n`,
      'media.1/products': '/ SUSE-Linux-Enterprise-Server 11.9-9\n',
    };
    expect(of(texts)).toEqual({ family: 'suse', name, arch: 'x86_64', disc: '1' });
  });

  test.for([
    ['DEFAULTBASE i586\nBASEARCHS x86_64', 'x86'],
    ['BASEARCHS i386 x86_64', 'x86'],
    ['BASEARCHS ppc64le', 'ppc64le'],
    ['BASEARCHS ppc', 'ppc64'],
  ] as const)('content says the architecture: "%s" is %s', ([lines, arch]) => {
    const texts = { content: `VERSION 11.4\n${lines}\n`, 'media.1/products': '/ SLES 11.4-1' };
    expect(of(texts)).toMatchObject({ arch });
  });

  test('the number of a disc is in the name of its directory', () => {
    const texts = {
      'media.2/media': 'SUSE - SLE-12-SP3-Server-DVD-x86_64-Build0473-Media2\n',
      'media.2/products': '/ SLES12-SP3 12.3-0\n',
    };
    expect(of(texts)).toMatchObject({ name: 'sles12.3', disc: '2', arch: 'x86_64' });
  });

  test('a development kit lies beside the discs of its system', () => {
    const texts = {
      content: 'VERSION 11.3-1.69\nDEFAULTBASE x86_64\n',
      'media.1/products': '/ SUSE-Linux-Enterprise-Software-Development-Kit 11.3-1\n',
      'media.1/media': 'SUSE - x\n',
    };
    expect(of(texts)).toMatchObject({ name: 'sles11.3', disc: 'sdk1' });
  });

  test('a .treeinfo beside them changes nothing', () => {
    const texts = {
      'media.1/products': '/ openSUSE-Leap 15.6-1',
      'media.1/media': 'openSUSE - openSUSE-Leap-15.6-DVD-x86_64',
      '.treeinfo': treeinfo('openSUSE Leap', 'version = 15.6'),
    };
    expect(of(texts)).toMatchObject({ family: 'suse', name: 'leap15.6' });
  });

  test.for(['/ SLED15 15.5-0', '/ Micro 6.0-1', '', 'nonsense'])(
    'another product, "%s", has no name',
    (products) => {
      expect(of({ 'media.1/products': products })).toMatchObject({
        family: 'suse',
        name: undefined,
      });
    },
  );

  test('a file that is only called content says nothing', () => {
    expect(of({ content: 'of the box\n' })).toBeUndefined();
  });
});

describe('.disk/info and README.diskdefines', () => {
  test.for([
    [
      'Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 DVD Binary-1 with firmware 20240210-11:28',
      { name: 'debian12.5.0', arch: 'x86_64', disc: '1' },
    ],
    [
      'Debian GNU/Linux 11.9.0 "Bullseye" - Official arm64 DVD Binary-3 20240210-12:00',
      { name: 'debian11.9.0', arch: 'aarch64', disc: '3' },
    ],
    [
      'Debian GNU/Linux 12.5.0 "Bookworm" - Official i386/amd64 NETINST 20240210',
      { name: 'debian12.5.0', arch: undefined, disc: undefined },
    ],
    [
      'Ubuntu-Server 22.04.4 LTS "Jammy Jellyfish" - Release amd64 (20240216.1)',
      { name: 'ubuntu22.04.4', arch: 'x86_64', disc: undefined },
    ],
    [
      'Ubuntu 24.04 LTS "Noble Numbat" - Release ppc64el (20240424)',
      { name: 'ubuntu24.04', arch: 'ppc64le', disc: undefined },
    ],
    [
      'Debian GNU/Linux testing "Trixie" - Official Snapshot amd64 DVD',
      { name: undefined, arch: 'x86_64', disc: undefined },
    ],
    [
      'Linux Mint 21 "Vanessa" - Release amd64',
      { name: undefined, arch: 'x86_64', disc: undefined },
    ],
  ] as const)('"%s"', ([info, marks]) => {
    expect(of({ '.disk/info': info })).toEqual({ family: 'debian', ...marks });
  });

  test('README.diskdefines says what .disk/info leaves out', () => {
    const defines =
      '#define DISKNAME  Ubuntu-Server 20.04.6 LTS "Focal Fossa" - Release\n' +
      '#define TYPE  binary\n#define ARCH  amd64\n#define ARCHamd64  1\n#define DISKNUM  2\n';
    const marks = { family: 'debian', name: 'ubuntu20.04.6', arch: 'x86_64', disc: '2' };
    expect(of({ 'README.diskdefines': defines })).toEqual(marks);
    const info = 'Ubuntu 22.04 LTS "Jammy Jellyfish"\n';
    expect(of({ 'README.diskdefines': defines, '.disk/info': info })).toEqual({
      ...marks,
      name: 'ubuntu22.04',
    });
  });
});

test('a medium without any of these files is not known', () => {
  expect(of({})).toBeUndefined();
});

test.for([
  ['.discinfo', true],
  ['.treeinfo', true],
  ['content', true],
  ['media.1/products', true],
  ['media.12/media', true],
  ['.disk/info', true],
  ['README.diskdefines', true],
  ['sub/.discinfo', false],
  ['media.1/products.asc', false],
  ['media.x/media', false],
  ['README', false],
] as const)('%s tells what a medium is: %s', ([path, expected]) => {
  expect(isIdentifying(path)).toBe(expected);
});

test.for([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
  ['ppc64el', 'ppc64le'],
  ['i586', 'x86'],
  ['s390x', 's390x'],
  ['toString', undefined],
  ['mips', undefined],
] as const)('the architecture %s is %s', ([word, arch]) => {
  expect(archOf(word)).toBe(arch);
});

test.for([
  ['1', 1],
  ['2', 2],
  ['1,2,3', 1],
  ['ALL', 1],
  ['sdk2', 2],
] as const)('disc %s counts as %s', ([disc, number]) => {
  expect(discNumber(disc)).toBe(number);
});
