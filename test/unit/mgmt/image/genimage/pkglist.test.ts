import { describe, expect, test } from 'vitest';
import { defaultPkglistFor } from '../../../../../mgmt/image/genimage/default-pkglist.ts';
import { distributionOf } from '../../../../../mgmt/image/genimage/distribution.ts';
import type { Syntax } from '../../../../../mgmt/image/genimage/pkglist-items.ts';
import { readPkglists } from '../../../../../mgmt/image/genimage/pkglist.ts';

const rpm: Syntax = { installer: 'dnf', subdirectories: false };
const apt: Syntax = { installer: 'apt', subdirectories: false };
const other: Syntax = { installer: 'dnf', subdirectories: true };

const list = (
  text: string,
  { files = {}, syntax = rpm }: { files?: Record<string, string>; syntax?: Syntax } = {},
) => {
  const all: Record<string, string> = { '/p/compute.pkglist': text, ...files };
  return readPkglists(['/p/compute.pkglist'], {
    read: async (path) => all[path],
    syntax,
    variables: { INSTALLDIR: '/install', OSVER: 'rocky9' },
  });
};
const packages = async (...given: Parameters<typeof list>) =>
  (await list(...given)).passes.flatMap(({ install }) => install).join(' ');

describe('a pkglist', () => {
  test('has packages by line and comma, comments, and each package once', async () => {
    const text = '# base\nsystemd, udev,dbus\n\nless # a pager\nudev\r\n';
    expect(await packages(text)).toBe('systemd udev dbus less');
  });

  test.for([
    ['libc6:amd64 vim=2:9.0-1 bash/bookworm', apt],
    [
      'glibc.i686 kernel-5.14.0-70.el9.x86_64 /usr/bin/perl perl(Foo::Bar) NetworkManager* vim',
      rpm,
    ],
    ['kernel-default=6.4.0-150600.23.25.1 libfoo.so.1()(64bit)', { ...rpm, installer: 'zypper' }],
  ] as const)('%s are names', async ([text, syntax]) => {
    expect(await packages(text, { syntax })).toBe(text);
  });

  test('has groups, by name or by word', async () => {
    const { passes } = await list('@core\n@Development Tools, bash\n@^minimal-environment\n-@kde');
    expect(passes).toMatchObject([
      {
        install: ['@core', '@Development Tools', 'bash', '@^minimal-environment'],
        removeBefore: ['@kde'],
      },
    ]);
  });

  test('includes other files where it says so, relative to itself', async () => {
    const files = {
      '/p/common/base.pkglist': 'b\n#INCLUDE:../c.pkglist#\n',
      '/p/c.pkglist': 'c\n#NEW_INSTALL_LIST#\nd\n',
    };
    const { passes } = await list('a\n#INCLUDE:common/base.pkglist#\ne\n', { files });
    expect(passes.map(({ install }) => install.join(' '))).toEqual(['a b c', 'd e']);
  });

  test('includes by variables: of the image, of the lists, and some that are always set', async () => {
    const files = {
      '/install/custom/rocky9.pkglist': 'a\n',
      '/p/site/more': 'b\n',
      '/p/site.d': 'c\n',
    };
    const text =
      '#INCLUDE:$ENV{INSTALLDIR}/custom/${OSVER}.pkglist#\n#ENV:WHERE=site#\n#INCLUDE:$WHERE/more#\n#INCLUDE:${WHERE}.d#';
    expect(await packages(text, { files })).toBe('a b c');
  });

  test('has passes, each with removals and variables', async () => {
    const given = await list(
      'a\n-nano\n--exim4\n#ENV:MODE=x=y#\n#NEW_INSTALL_LIST#\n#NEW_INSTALL_LIST#\n--b\n#ENV:B=#\n',
    );
    expect(given).toEqual({
      passes: [
        {
          install: ['a'],
          removeBefore: ['nano'],
          removeAfter: ['exim4'],
          environment: { MODE: 'x=y' },
        },
        { install: [], removeBefore: [], removeAfter: ['b'], environment: { B: '' } },
      ],
      environment: { MODE: 'x=y', B: '' },
      directories: [''],
    });
  });

  test.for([
    ['@core', apt, /compute\.pkglist:2: @core is a group of packages/],
    ['@a;b', rpm, /"@a;b" is no name of a group/],
    ['$(reboot)', rpm, /"\$\(reboot\)" is no package name/],
    ['--', rpm, /"--" is no package name/],
    ['---a', rpm, /"---a" is no package name/],
    ['Vim', apt, /"Vim" is no package name/],
    ['#INCLUDE:#', rpm, /names no file/],
    ['#ENV:x#', rpm, /#ENV:# is not NAME=value/],
    ['#INCLUDEBAD:cannot open base#', rpm, /an include of cannot open base failed/],
    ['#INCLUDE:$ENV{NOWHERE}/x#', rpm, /compute\.pkglist:2: the variable NOWHERE is not set/],
    ['#INCLUDE:$ENV{constructor}/x#', rpm, /the variable constructor is not set/],
    [
      '#INCLUDE:gone#',
      rpm,
      /the pkglist \/p\/gone, which \/p\/compute\.pkglist includes, does not/,
    ],
    ['#INCLUDE:compute.pkglist#', rpm, /it includes itself: .*compute\.pkglist → /],
  ] as const)('with %s is refused', async ([line, syntax, message]) => {
    await expect(list(`a\n${line}\n`, { syntax })).rejects.toThrow(message);
    await expect(list(`a\n${line}\n`, { syntax })).rejects.toMatchObject({
      code: 'ERR_STATELITE_IMAGE',
    });
  });

  test('never names what a package manager would take for an option', async () => {
    const { passes } = await list('--setopt\n-y\n');
    expect(passes).toMatchObject([{ install: [], removeBefore: ['y'], removeAfter: ['setopt'] }]);
  });

  test('a circle of two files is named', async () => {
    const files = { '/p/b': '#INCLUDE:compute.pkglist#\n' };
    await expect(list('#INCLUDE:b#', { files })).rejects.toThrow(
      'it includes itself: /p/compute.pkglist → /p/b → /p/compute.pkglist',
    );
  });
});

describe('an otherpkglist', () => {
  test('names packages by their directories', async () => {
    const { passes, directories } = await list('own\ngpfs/gpfs.base\n-a/b/old\n', {
      syntax: other,
    });
    expect(passes).toMatchObject([{ install: ['own', 'gpfs.base'], removeBefore: ['old'] }]);
    expect(directories).toEqual(['', 'gpfs']);
  });

  test.for(['../x', 'a/../../x', '/etc/x', 'a/./x'])('%s leads out of it', async (line) => {
    await expect(list(line, { syntax: other })).rejects.toThrow(/leads out of otherpkgdir/);
  });
});

test('lists are read one after the other, each with passes of its own', async () => {
  const { passes } = await readPkglists(['/a', '/b'], {
    read: async (path) => ({ '/a': 'x', '/b': 'y x' })[path],
    syntax: rpm,
    variables: {},
  });
  expect(passes.map(({ install }) => install)).toEqual([['x'], ['y', 'x']]);
});

test.for([
  ['debian12', 'x86_64', ['linux-image-amd64', 'busybox-static', 'libstdc++6']],
  ['debian12', 'aarch64', ['linux-image-arm64', 'busybox-static', 'libstdc++6']],
  ['debian12', 'ppc64le', ['linux-image-powerpc64le', 'busybox-static', 'libstdc++6']],
  ['rocky9', 'x86_64', ['kernel', 'libstdc++']],
  ['leap15.6', 'x86_64', ['kernel-default', 'libstdc++6']],
] as const)('the built-in list of %s on %s has %j', async ([osvers, osarch, wanted]) => {
  const distribution = distributionOf(osvers);
  const text = defaultPkglistFor({ distribution, osarch });
  const { passes } = await readPkglists(['built-in'], {
    read: async () => text,
    syntax: { installer: distribution.installer, subdirectories: false },
    variables: {},
  });
  expect(passes).toMatchObject([{ install: expect.arrayContaining([...wanted, 'systemd']) }]);
});
