import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { withSpaceHint } from '../generations/space.ts';
import { imageTree, type ImageTree } from './inside.ts';
import { authorizeKeys } from './authorized-keys.ts';
import { cleanApt } from './clean-apt.ts';
import { cleanRpm } from './clean-rpm.ts';
import { refuseUnrunnable } from './foreign-programs.ts';
import { copyKernel, findKernel } from './kernel.ts';
import { withImageLock } from './lock.ts';
import {
  noteOnNodeScripts,
  planNodeScripts,
  writeNodeScripts,
} from '../node-scripts/node-scripts.ts';
import { prepareKernel } from './prepare-kernel.ts';
import { packageProgress } from './package-progress.ts';
import { installPackages } from './install-packages.ts';
import { type PackageOptions, planPackages } from './packages.ts';
import { checkPostinstall, postinstallEnvironment, runPostinstall } from './postinstall.ts';
import { writeRootFiles } from './root-files.ts';
import { type RootPassword, setRootPassword } from './root-password.ts';
import type { ImageSpec } from './spec.ts';
import { dropSshKeys } from './ssh-keys.ts';
import {
  commit,
  commitBoot,
  committedNotes,
  discard,
  keepInitramfs,
  openStaging,
  type Staging,
} from './staging.ts';

/** What a build is given besides the image's rows. */
export interface BuildOptions extends PackageOptions {
  readonly rootPassword: RootPassword | undefined;
  /** Public keys that may log in as root, lines of an authorized_keys file; undefined: none are put in. */
  readonly authorizedKeys: string | undefined;
  /** PEM of who signs the management node; without it nodes cannot fetch postscripts. */
  readonly ca?: string | undefined;
}

export interface BuildTools {
  /** Begins a named phase and ends it; see mgmt/cli/progress.ts. */
  readonly progress: Record<'step' | 'update' | 'done', (text: string) => void>;
  readonly signal: AbortSignal;
  /**
   * Writes the initramfs for a root and says what is in it, one line each. Undefined if this machine
   * cannot make one: then the one before stays if its kernel does, else the image has none.
   */
  readonly buildInitramfs: (job: InitramfsJob) => Promise<readonly string[] | undefined>;
}

/** One initramfs to write. */
export interface InitramfsJob {
  readonly root: string;
  readonly kernel: string;
  /** What nodes of the image are; this machine's if it is not said. */
  readonly osarch?: string | undefined;
  readonly output: string;
  readonly drivers: readonly string[];
  /** Whether nodes divide local disks. */
  readonly partitionfile: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Built {
  readonly staging: Staging;
  readonly kernel: string;
  readonly contents: readonly string[];
  /** What the operator should know or do, e.g. that root cannot log in. */
  readonly notes: readonly string[];
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
}

/**
 * Builds root, kernel and initramfs of an image as its next generation and publishes that when all is
 * done. If it fails or is aborted, the last good image is as it was and nothing else is left.
 */
export async function buildImage(
  spec: ImageSpec,
  options: BuildOptions,
  tools: BuildTools,
): Promise<Built> {
  const recipe = await planPackages(spec, options);
  await checkPostinstall(spec);
  await refuseUnrunnable(spec.osarch, spec.rootimgdir);
  return withStaging(spec, async (staging, log) => {
    const { phases, phase } = timed(tools, log);
    const { signal } = tools;
    const tree = imageTree(staging.new.root);
    await phase('packages', (onLine) =>
      installPackages(recipe.into(tree.root), { onLine, signal, log: staging.failedLog }),
    );
    const told = await phase('root files', () => finishRoot(tree, spec, options));
    const { version } = await prepareKernel(tree, spec, staging.root);
    await phase('postinstall', async (onLine) => {
      const environment = { ...recipe.listed, ...postinstallEnvironment(spec, tree.root, version) };
      await runPostinstall(spec, tree.root, environment, { onLine, signal });
    });
    const made = await phase('initramfs', () => bootPayload(tree, spec, staging, tools));
    const by = `genimage ${spec.name}`;
    const committed = await phase('publish', () => commit(staging, { by, kernel: made.kernel }));
    const notes = [...told, ...committedNotes(committed), `next: liteimg ${spec.name}`];
    return { ...made, staging, notes, phases };
  });
}

/** The commands that install the packages, as `--dryrun` shows them. */
export async function buildCommands(spec: ImageSpec, options: BuildOptions): Promise<string[]> {
  const { commands } = (await planPackages(spec, options)).into(join(spec.rootimgdir, 'rootimg'));
  return commands.map(({ argv }) => argv.map(quoted).join(' '));
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `--onlyinitrd`: kernel and initramfs anew, from the root as it is. */
export async function rebuildInitramfs(spec: ImageSpec, tools: BuildTools): Promise<Built> {
  return withStaging(spec, async (staging, log) => {
    const { phases, phase } = timed(tools, log);
    const tree = imageTree(staging.root);
    await prepareKernel(tree, spec, undefined);
    const made = await phase('initramfs', () => bootPayload(tree, spec, staging, tools));
    await commitBoot(staging, made.kernel);
    return { ...made, staging, notes: [], phases };
  });
}

async function finishRoot(tree: ImageTree, spec: ImageSpec, options: BuildOptions) {
  await writeRootFiles(tree, spec);
  await dropSshKeys(tree);
  await cleanApt(tree);
  const aboutRpm = await cleanRpm(tree, spec);
  if (options.authorizedKeys !== undefined) await authorizeKeys(tree, options.authorizedKeys);
  const scripts = await planNodeScripts(tree, options.ca);
  await writeNodeScripts(tree, scripts);
  const aboutScripts = await noteOnNodeScripts(tree);
  return [
    await setRootPassword(tree, options.rootPassword),
    ...aboutRpm,
    ...(aboutScripts === undefined ? [] : [aboutScripts]),
  ];
}

async function bootPayload(
  tree: ImageTree,
  { osarch, kernelver, netdrivers: drivers, partitionfile }: ImageSpec,
  staging: Staging,
  { buildInitramfs, progress, signal }: BuildTools,
): Promise<Pick<Built, 'kernel' | 'contents'>> {
  const found = await findKernel(tree, kernelver);
  const { kernel, initramfs: output } = staging.new;
  await copyKernel(tree, found, kernel);
  const contents = await buildInitramfs({
    root: tree.root,
    kernel: found.version,
    osarch,
    output,
    drivers,
    partitionfile,
    signal,
    onProgress: (done, total) => progress.update(`${Math.floor((100 * done) / total)} %`),
  });
  signal.throwIfAborted();
  if (contents !== undefined) return { kernel: found.version, contents };
  const isKept = await keepInitramfs(staging, found.version);
  return {
    kernel: found.version,
    contents: isKept ? ['kept: it was made for the same kernel'] : [],
  };
}

async function withStaging<T>(
  { rootimgdir }: ImageSpec,
  build: (staging: Staging, log: (line: string) => void) => Promise<T>,
): Promise<T> {
  return withImageLock(rootimgdir, async () => {
    const staging = await openStaging(rootimgdir);
    const log = createWriteStream(staging.new.log);
    try {
      return await withSpaceHint(rootimgdir, async () =>
        build(staging, (line) => void log.write(`${line}\n`)),
      );
    } catch (error) {
      await discard(staging);
      throw error;
    } finally {
      log.end();
    }
  });
}

/** Phases that show themselves, are logged, and are timed. */
function timed({ progress, signal }: BuildTools, log: (line: string) => void) {
  const phases: { name: string; seconds: number }[] = [];
  const phase = async <T>(name: string, run: (onLine: (line: string) => void) => Promise<T>) => {
    signal.throwIfAborted();
    progress.step(name);
    const start = performance.now();
    const words = packageProgress();
    const result = await run((line) => {
      log(line);
      const update = words(line);
      if (update !== undefined) progress.update(update);
    });
    const seconds = (performance.now() - start) / 1000;
    phases.push({ name, seconds });
    progress.done(`${name}: ${seconds.toFixed(1)} s`);
    return result;
  };
  return { phases, phase };
}
