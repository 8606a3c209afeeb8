import { expect, test } from 'vitest';
import { aptConfig, kernelOf } from '../../../vm/foreign-packages.ts';

test('a private apt has the architecture and nothing of this machine but its sources', () => {
  const config = aptConfig('/cache/apt', 'arm64');
  expect(config).toContain('APT::Architectures { "arm64"; };');
  expect(config).toContain('Dir::State::status "/cache/apt/status";');
  expect(config).not.toContain('Dir::Etc');
});

test.for([
  ['Depends: linux-image-6.1.0-50-cloud-arm64 (= 6.1.176-1)', 'linux-image-6.1.0-50-cloud-arm64'],
  ['Depends: dpkg, linux-image-6.12.1-powerpc64le (= 6.12.1-1)', 'linux-image-6.12.1-powerpc64le'],
  ['Depends: libc6 (>= 2.34)', undefined],
  ['Recommends: linux-image-6.1.0-50-arm64', undefined],
] as const)('the kernel in "%s"', ([line, kernel]) => {
  expect(kernelOf(`Package: linux-image-x\n${line}\nSize: 1\n`)).toBe(kernel);
});
