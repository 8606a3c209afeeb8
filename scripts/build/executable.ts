import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import type { Architecture } from '../../initramfs/architectures.ts';
import { exists } from '../../mgmt/image/genimage/exists.ts';
import { bundleProgram } from './bundle.ts';
import { runTool } from './toolchain.ts';

/** What an executable is made of, and where its parts are put while it is. */
export interface Parts {
  readonly root: string;
  readonly target: Architecture;
  /** The stripped Node of the target, and the addon. */
  readonly node: string;
  readonly addon: string;
  /** Bundles and caches. */
  readonly work: string;
}

/** pkg hands all of it to Node; its types lag behind. */
const seaConfig = {
  useSnapshot: false,
  disableExperimentalSEAWarning: true,
  execArgv: ['--no-warnings'],
  execArgvExtension: 'none',
};

/** What this machine puts before programs of a target to run them; undefined if it cannot. */
export type Runner = readonly string[] | undefined;

/**
 * Makes one file of a program: Node, the bundle, the code that a rehearsal compiled, the addon. Without
 * a rehearsal, because nothing here runs the target's programs, it is compiled anew at every start.
 */
export async function buildExecutable(
  { entry, name, output }: { entry: string; name: string; output: string },
  { root, target, node, addon, work }: Parts,
  runner: Runner,
): Promise<void> {
  const bundle = join(work, `${name}.cjs`);
  const cache = join(work, `${name}.cache`);
  await bundleProgram(join(root, entry), bundle);
  if (runner === undefined) await writeFile(cache, '');
  else await rehearse([name, bundle, cache], [...runner, node], { root, addon, work });
  const loader = join(work, 'loader.cjs');
  await bundleProgram(join(root, 'scripts/build/loader.ts'), loader);
  const isNative = target.node === process.arch;
  await pkg.default(loader, {
    targets: [
      { platform: 'linux', arch: target.node, nodeRange: 'node24', output: `${output}.new` },
    ],
    nodePath: node,
    // A foreign Node cannot write its own part: this one does, which is of the same version.
    useLocalNode: !isNative,
    seaConfig: {
      ...seaConfig,
      useCodeCache: isNative,
      assets: { 'addon.node': addon, 'program.cjs': bundle, 'program.cache': cache },
    },
  });
  await rename(`${output}.new`, output);
}

/** Run from a tree that has the target's addon where the sources have this machine's. */
async function rehearse(
  words: readonly string[],
  [program = '', ...before]: readonly string[],
  { root, addon, work }: Pick<Parts, 'root' | 'addon' | 'work'>,
): Promise<void> {
  const stage = join(work, 'rehearsal');
  await mkdir(join(stage, 'dist'), { recursive: true });
  await copyFile(addon, join(stage, 'dist/addon.node'));
  const script = join(stage, 'scripts/build/rehearse.cjs');
  await bundleProgram(join(root, 'scripts/build/rehearse.ts'), script);
  await runTool({ program, package: 'qemu-user-static' }, [
    ...before,
    '--no-warnings',
    script,
    ...words,
  ]);
  await rm(stage, { recursive: true });
}

/** A foreign program runs with qemu-user-static and the libraries of the cross compiler. */
export async function runnerFor({ name, node, triplet }: Architecture): Promise<Runner> {
  if (node === process.arch) return [];
  const emulator = `/usr/bin/qemu-${name}-static`;
  const sysroot = `/usr/${triplet}`;
  const hasAll = (await exists(emulator)) && (await exists(`${sysroot}/lib/libstdc++.so.6`));
  return hasAll ? [emulator, '-L', sysroot] : undefined;
}
