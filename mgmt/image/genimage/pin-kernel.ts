import type { InstallPass } from './installer.ts';
import type { ImageSpec } from './spec.ts';

/** Packages that are of one kernel, and have its version. */
const ofKernel: Readonly<Record<'dnf' | 'zypper', RegExp>> = {
  dnf: /^kernel(-(core|modules|modules-core|modules-extra|devel|headers))?$/,
  zypper: /^kernel-(default|default-base|default-devel|azure|rt|devel)$/,
};

/**
 * The kernel packages of a list at the version of linuximage.krpmver (`genimage -g`). kernelver alone
 * chooses among the kernels that are there: a kernel that was copied by hand has no package.
 */
export function pinKernel(
  passes: readonly InstallPass[],
  { distribution: { installer }, krpmver }: Pick<ImageSpec, 'distribution' | 'krpmver'>,
): readonly InstallPass[] {
  if (installer === 'apt' || krpmver === '') return passes;
  const separator = installer === 'dnf' ? '-' : '=';
  return passes.map((pass) => ({
    ...pass,
    install: pass.install.map((name) =>
      ofKernel[installer].test(name) ? `${name}${separator}${krpmver}` : name,
    ),
  }));
}
