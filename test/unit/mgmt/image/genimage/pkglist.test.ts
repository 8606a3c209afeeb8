import { describe, expect, test } from 'vitest';
import { debianArchitecture } from '../../../../../mgmt/image/genimage/debian-release.ts';
import { defaultPkglistFor } from '../../../../../mgmt/image/genimage/default-pkglist.ts';
import { readPkglist } from '../../../../../mgmt/image/genimage/pkglist.ts';

const read = (files: Readonly<Record<string, string>>) => async (path: string) => files[path];
const list = (text: string, others: Readonly<Record<string, string>> = {}) =>
  readPkglist('/p/compute.pkglist', read({ '/p/compute.pkglist': text, ...others }));

describe('a pkglist', () => {
  test('has packages by line and comma, comments, and each package once', async () => {
    const { packages } = await list(
      '# base\nsystemd, udev,dbus\n\nless # a pager\nudev\nlibc6:amd64 vim=2:9.0-1 bash/bookworm\n',
    );
    expect(packages.join(' ')).toBe('systemd udev dbus less libc6:amd64 vim=2:9.0-1 bash/bookworm');
  });

  test('includes other files where it says so, relative to itself', async () => {
    const { packages } = await list('a\n#INCLUDE:common/base.pkglist#\nd\n', {
      '/p/common/base.pkglist': 'b\n#INCLUDE:../c.pkglist#\n',
      '/p/c.pkglist': 'c\n',
    });
    expect(packages).toEqual(['a', 'b', 'c', 'd']);
  });

  test('keeps packages out, sets variables, and has its passes joined', async () => {
    const given = await list('a\n-nano\n--exim4\n#ENV:MODE=x=y#\n#NEW_INSTALL_LIST#\nb\n');
    expect(given).toEqual({
      packages: ['a', 'nano-', 'exim4-', 'b'],
      environment: { MODE: 'x=y' },
    });
  });

  test.for([
    ['@core', /compute\.pkglist:2: @core is a group of packages/],
    ['$(reboot)', /"\$\(reboot\)" is no package name/],
    ['--', /"--" is no package name/],
    ['Vim', /"Vim" is no package name/],
    ['#INCLUDE:#', /names no file/],
    ['#ENV:x#', /#ENV:# is not NAME=value/],
    [
      '#INCLUDE:gone#',
      /the pkglist \/p\/gone, which \/p\/compute\.pkglist includes, does not exist/,
    ],
    ['#INCLUDE:compute.pkglist#', /it includes itself/],
  ] as const)('with %s is refused', async ([line, message]) => {
    await expect(list(`a\n${line}\n`)).rejects.toThrow(message);
    await expect(list(`a\n${line}\n`)).rejects.toMatchObject({ code: 'ERR_STATELITE_IMAGE' });
  });
});

test.for([
  ['x86_64', 'linux-image-amd64'],
  ['aarch64', 'linux-image-arm64'],
  ['ppc64le', 'linux-image-powerpc64le'],
] as const)('the built-in list has the kernel of %s and an init', async ([osarch, kernel]) => {
  const text = defaultPkglistFor(debianArchitecture(osarch));
  const { packages } = await readPkglist('built-in', async () => text);
  expect(packages).toEqual(expect.arrayContaining([kernel, 'systemd-sysv', 'nfs-common']));
});
