import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishLoaders, usedLoaders } from '../../../../mgmt/bootfiles/loaders.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

/** Says its arguments and the files of its memory disk, as the program it was told to write. */
const mkimage = `#!/bin/sh
set -eu
all="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    -m) disk=$2 ;;
    -o) out=$2 ;;
  esac
  shift
done
{ echo "$all"; tar -tf "$disk"; tar -xOf "$disk" boot/grub/grub.cfg; } > "$out"
`;

/** A machine with GRUB's modules for these platforms. */
async function machine(platforms: readonly string[], program = mkimage) {
  const root = await tempRoot();
  const host = join(root.path, 'host');
  plantTree(host, { 'usr/bin/grub-mkimage': program });
  for (const platform of platforms) {
    plantTree(join(host, 'usr/lib/grub', platform), {
      'moddep.lst': 'x',
      'net.mod': 'x',
      'kernel.img': 'x',
    });
  }
  await chmod(join(host, 'usr/bin/grub-mkimage'), 0o755);
  const tftpdir = join(root.path, 'tftpboot');
  return {
    tftpdir,
    publish: (name: Parameters<typeof publishLoaders>[0]) => publishLoaders(name, tftpdir, host),
    made: (name: string) => readFile(join(tftpdir, 'boot/grub2', name), 'utf8'),
    files: () => readdir(join(tftpdir, 'boot/grub2')),
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

test.for([
  ['grub2-x86_64', 'grub2.x86_64', 'x86_64-efi'],
  ['grub2-aarch64', 'grub2.aarch64', 'arm64-efi'],
] as const)(
  '%s is one file with its modules and its configuration in it',
  async ([name, file, platform]) => {
    await using host = await machine([platform]);
    expect(await host.publish([name])).toEqual([]);
    const text = await host.made(file);
    expect(text).toContain(`-O ${platform} -d `);
    expect(text).toContain(' -p (memdisk)/boot/grub ');
    expect(text).toMatch(/ configfile .* tftp http .* efinet/u);
    expect(text).toContain('\nboot/grub/grub.cfg\n# Written by statelite');
    expect((await host.files()).toSorted()).toEqual([file, `${file}.efi`]);
    // what firmware fetches by HTTP
    expect(await host.made(`${file}.efi`)).toBe(text);
  },
);

test('GRUB for Power has its modules in the memory disk: with ofnet inside it finds no card', async () => {
  await using host = await machine(['powerpc-ieee1275']);
  expect(await host.publish(['grub2-ppc64le'])).toEqual([]);
  const [argv = '', ...rest] = (await host.made('grub2.ppc64le')).split('\n');
  expect(argv).not.toContain('ofnet');
  expect(rest).toContain('boot/grub/powerpc-ieee1275/net.mod');
  expect(rest).toContain('boot/grub/powerpc-ieee1275/moddep.lst');
  expect(rest).not.toContain('boot/grub/powerpc-ieee1275/kernel.img');
  expect(rest).toContain('insmod ofnet');
});

test("a site's own GRUB stays, and modules that are nowhere are named with their package", async () => {
  await using host = await machine(['x86_64-efi']);
  await host.publish(['grub2-x86_64']);
  const before = await host.made('grub2.x86_64');
  expect(await host.publish(['grub2-x86_64', 'grub2-aarch64'])).toEqual([
    expect.stringMatching(
      /grub2\.aarch64: .*apt-get install grub-common grub-efi-arm64-bin:arm64 \(or put .*\/boot\/grub2\/arm64-efi\), then run this again$/u,
    ),
  ]);
  expect(await host.made('grub2.x86_64')).toBe(before);
});

test("a site's own GRUB, and its own name of it, stay where firmware looks by HTTP", async () => {
  await using host = await machine([]);
  plantTree(host.tftpdir, {
    'boot/grub2/grub2.x86_64': 'of the site',
    'boot/grub2/grub2.aarch64': 'of the site',
    'boot/grub2/grub2.aarch64.efi': 'signed',
  });
  expect(await host.publish(['grub2-x86_64', 'grub2-aarch64'])).toEqual([]);
  expect(await host.made('grub2.x86_64.efi')).toBe('of the site');
  expect(await host.made('grub2.aarch64.efi')).toBe('signed');
});

test.for(['tftpboot/boot/grub2', 'host/usr/share/grub2'])(
  'modules in %s serve too, where a site or another distribution puts them',
  async (directory) => {
    await using host = await machine([]);
    const place = join(host.tftpdir, '..', directory, 'arm64-efi');
    plantTree(place, { 'moddep.lst': 'x', 'kernel.img': 'x' });
    expect(await host.publish(['grub2-aarch64'])).toEqual([]);
    expect(await host.made('grub2.aarch64')).toContain(`-O arm64-efi -d ${place} `);
  },
);

test('what grub-mkimage says is the cause, and no half of a file is left', async () => {
  await using host = await machine(['x86_64-efi'], '#!/bin/sh\necho no space >&2; exit 1\n');
  await expect(host.publish(['grub2-x86_64'])).rejects.toMatchObject({
    code: 'ERR_STATELITE_BOOTFILE',
    message: expect.stringContaining('cannot make '),
    cause: expect.objectContaining({ stderr: 'no space\n' }),
  });
  expect(await host.files()).toEqual([]);
});

test('nodes need the loader of their architecture, and none to boot from their disk', () => {
  const used = usedLoaders([
    { loader: 'grub2', state: state('x86_64') },
    { loader: 'grub2-http', state: state('ppc64le') },
    { loader: 'grub2', state: 'boot' },
    { loader: 'petitboot', state: state('ppc64le') },
    { loader: 'xnba', state: state('x86_64') },
    { loader: 'yaboot', state: state('ppc64') },
  ]);
  expect([...used]).toEqual(['grub2-x86_64', 'grub2-ppc64le', 'xnba', 'yaboot']);
});

/** What a node of an architecture boots. */
function state(arch: string) {
  return { state: 's', image: 'i', arch, kernelArguments: [], server: '10.0.0.1', httpPort: 80 };
}
