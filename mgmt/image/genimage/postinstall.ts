import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { runIsolated } from './isolated.ts';
import type { ImageSpec } from './spec.ts';

/** Refuses scripts that cannot run before the long part of a build, not after it. */
export async function checkPostinstall({ name, postinstall }: ImageSpec): Promise<void> {
  for (const { path } of postinstall) {
    try {
      await access(path, constants.R_OK | constants.X_OK);
    } catch (cause) {
      throw new StateliteError(
        'ERR_STATELITE_IMAGE',
        `the postinstall script ${path} of osimage ${name} cannot be run`,
        { hint: 'it must exist and be executable (chmod +x)', cause },
      );
    }
  }
}

/** What the scripts are told besides their arguments (xCAT's names). */
export function postinstallEnvironment(
  spec: ImageSpec,
  root: string,
  kernel: string,
): Record<string, string> {
  return {
    ...spec.environment,
    IMG_ARCH: spec.osarch,
    IMG_NAME: spec.name,
    IMG_OSVER: spec.osvers,
    IMG_KERNELVERSION: kernel,
    IMG_PROFILE: spec.profile,
    IMG_PKGLIST: spec.pkglists.join(','),
    IMG_PKGDIR: spec.pkgdirs.join(','),
    IMG_OTHERPKGLIST: spec.otherpkglists.join(','),
    IMG_OTHERPKGDIR: spec.otherpkgdirs.join(','),
    IMG_ROOTIMGDIR: root,
  };
}

/**
 * Runs the scripts of linuximage.postinstall in order, on this machine and not in the image, as
 * `script <root> <osvers> <arch> <profile> [words of the row]`.
 */
export async function runPostinstall(
  spec: ImageSpec,
  root: string,
  environment: Readonly<Record<string, string>>,
  { onLine, signal }: { onLine: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  for (const { path, extra } of spec.postinstall) {
    onLine(`postinstall ${path}`);
    await runIsolated({
      argv: [path, root, spec.osvers, spec.osarch, spec.profile, ...extra],
      environment,
      cwd: join(root, '..'),
      onLine,
      signal,
    });
  }
}
