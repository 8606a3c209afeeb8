import { expect, test } from 'vitest';
import { architectures } from '../../../initramfs/architectures.ts';
import { runTool, toolchainFor } from '../../../scripts/build/toolchain.ts';

test.for([
  ['x86_64', 'gcc', 'gcc', 'strip', 'libc6-dev'],
  [
    'aarch64',
    'aarch64-linux-gnu-gcc',
    'gcc-aarch64-linux-gnu',
    'aarch64-linux-gnu-strip',
    'libc6-dev-arm64-cross',
  ],
  [
    'ppc64le',
    'powerpc64le-linux-gnu-gcc',
    'gcc-powerpc64le-linux-gnu',
    'powerpc64le-linux-gnu-strip',
    'libc6-dev-ppc64el-cross',
  ],
] as const)('on x86_64, %s is compiled by %s', ([name, gcc, inPackage, strip, headers]) => {
  const [architecture] = architectures.filter((one) => one.name === name);
  if (architecture === undefined) throw new Error(`no ${name}`);
  const found = toolchainFor(architecture, 'x64');
  expect(found.compiler).toEqual({ program: gcc, package: inPackage });
  expect(found.strip.program).toBe(strip);
  expect(found.headers).toBe(headers);
});

test("Debian's package of a cross compiler has no underscore", () => {
  const [intel] = architectures;
  if (intel === undefined) throw new Error('no architecture');
  expect(toolchainFor(intel, 'arm64')).toMatchObject({
    compiler: { program: 'x86_64-linux-gnu-gcc', package: 'gcc-x86-64-linux-gnu' },
    strip: { package: 'binutils-x86-64-linux-gnu' },
  });
});

test('a program that is missing is named with its package', async () => {
  const tool = { program: 'statelite-no-such-program', package: 'some-package' };
  await expect(runTool(tool, [])).rejects.toMatchObject({
    code: 'ERR_STATELITE_COMMAND',
    message: 'this machine has no statelite-no-such-program',
    hint: 'apt-get install some-package',
  });
});
