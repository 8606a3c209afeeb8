import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { type AptSource, renderSources, sourceOfMirror, sourcesFor } from './apt-sources.ts';
import { defaultPkglistFor } from './default-pkglist.ts';
import { imageTree, type ImageTree } from './inside.ts';
import { runIsolated } from './isolated.ts';
import { copyKernel, findKernel } from './kernel.ts';
import { withImageLock } from './lock.ts';
import { buildEnvironment, mmdebstrapArguments, packageProgress } from './mmdebstrap.ts';
import { type PackageList, readPkglist } from './pkglist.ts';
import { checkPostinstall, postinstallEnvironment, runPostinstall } from './postinstall.ts';
import { writeRootFiles } from './root-files.ts';
import { type RootPassword, setRootPassword } from './root-password.ts';
import type { ImageSpec } from './spec.ts';
import { dropSshKeys } from './ssh-keys.ts';
import { clearLeftovers, commit, commitBoot, discard, type Staging, stagingOf } from './staging.ts';

/** What a build is given besides the image's rows. */
export interface BuildOptions {
  /** `--mirror`; empty: this machine's own apt sources. */
  readonly mirrors: readonly string[];
  readonly rootPassword: RootPassword | undefined;
  readonly hostSources: readonly AptSource[];
  /** apt.conf(5) lines for the build. */
  readonly aptOptions: readonly string[];
}

export interface BuildTools {
  /** Begins a named phase and ends it; see mgmt/cli/progress.ts. */
  readonly progress: Record<'step' | 'update' | 'done', (text: string) => void>;
  readonly signal: AbortSignal;
  /** Writes the initramfs for a root and says what is in it, one line each. */
  readonly buildInitramfs: (job: InitramfsJob) => Promise<readonly string[]>;
}

/** One initramfs to write. */
export interface InitramfsJob {
  readonly root: string;
  readonly kernel: string;
  readonly output: string;
  readonly drivers: readonly string[];
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

/** Where the output of package managers and scripts goes. */
export const logName = 'genimage.log';

/**
 * Builds root, kernel and initramfs of an image beside the last good ones and swaps them when all is
 * done. If it fails or is aborted, the last good image is as it was and nothing else is left.
 */
export async function buildImage(
  spec: ImageSpec,
  options: BuildOptions,
  tools: BuildTools,
): Promise<Built> {
  const recipe = await recipeOf(spec, options);
  await checkPostinstall(spec);
  return withStaging(spec, async (staging, log) => {
    const { phases, phase } = timed(tools, log);
    const { signal } = tools;
    const tree = imageTree(staging.new.root);
    await phase('packages', (onLine) =>
      runIsolated({ ...recipe, cwd: spec.rootimgdir, onLine, signal }),
    );
    const login = await phase('root files', () => finishRoot(tree, spec, options));
    const { version } = await findKernel(tree, spec.kernelver);
    await phase('postinstall', async (onLine) => {
      const environment = { ...recipe.listed, ...postinstallEnvironment(spec, tree.root, version) };
      await runPostinstall(spec, tree.root, environment, { onLine, signal });
    });
    const made = await phase('initramfs', () => bootPayload(tree, spec, staging, tools));
    const kept = await phase('swap', () => commit(staging));
    const previous = `nodes may still run from the previous root: ${staging.old} stays until the next build`;
    const notes = [login, ...(kept ? [previous] : []), `next: liteimg ${spec.name}`];
    return { ...made, staging, notes, phases };
  });
}

/** The command that installs the packages, as `--dryrun` shows it. */
export async function buildCommand(spec: ImageSpec, options: BuildOptions): Promise<string[]> {
  const { argv } = await recipeOf(spec, options);
  return argv.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
}

/** `--onlyinitrd`: kernel and initramfs anew, from the root as it is. */
export async function rebuildInitramfs(spec: ImageSpec, tools: BuildTools): Promise<Built> {
  return withStaging(spec, async (staging, log) => {
    const { phases, phase } = timed(tools, log);
    const tree = imageTree(staging.root);
    const made = await phase('initramfs', () => bootPayload(tree, spec, staging, tools));
    await commitBoot(staging);
    return { ...made, staging, notes: [], phases };
  });
}

/** How the packages of an image are installed. */
async function recipeOf(spec: ImageSpec, options: BuildOptions) {
  const { packages, environment } = await packagesOf(spec);
  const sources = chooseSources(spec, options);
  const argv = mmdebstrapArguments({
    ...spec,
    packages,
    aptOptions: options.aptOptions,
    localMirror: sources.some(({ uris }) => uris.some((uri) => /^(file|copy):/.test(uri))),
    target: stagingOf(spec.rootimgdir).new.root,
  });
  return {
    argv,
    input: renderSources(sources),
    /** Variables of the pkglist: the postinstall scripts get them too. */
    listed: environment,
    environment: { ...environment, ...buildEnvironment },
  };
}

async function packagesOf({ pkglist, architecture, name }: ImageSpec): Promise<PackageList> {
  const path = pkglist === '' ? 'built-in' : pkglist;
  const list = await readPkglist(path, async (file) =>
    pkglist === '' ? defaultPkglistFor(architecture) : readText(file),
  );
  if (list.packages.length > 0) return list;
  throw new StateliteError('ERR_STATELITE_IMAGE', `the pkglist ${path} of ${name} is empty`, {
    hint: 'an image needs at least an init, a kernel and what its nodes run',
  });
}

function chooseSources({ suite }: ImageSpec, options: BuildOptions): AptSource[] {
  if (options.mirrors.length === 0) return sourcesFor(suite, options.hostSources);
  return options.mirrors.map((mirror) => sourceOfMirror(mirror, suite));
}

async function finishRoot(tree: ImageTree, spec: ImageSpec, options: BuildOptions) {
  await writeRootFiles(tree, spec);
  await dropSshKeys(tree);
  return setRootPassword(tree, options.rootPassword);
}

async function bootPayload(
  tree: ImageTree,
  { kernelver, netdrivers: drivers }: ImageSpec,
  { new: { kernel, initramfs: output } }: Staging,
  { buildInitramfs, progress, signal }: BuildTools,
): Promise<Pick<Built, 'kernel' | 'contents'>> {
  const found = await findKernel(tree, kernelver);
  await copyKernel(tree, found, kernel);
  const contents = await buildInitramfs({
    root: tree.root,
    kernel: found.version,
    output,
    drivers,
    signal,
    onProgress: (done, total) => progress.update(`${Math.floor((100 * done) / total)} %`),
  });
  signal.throwIfAborted();
  return { kernel: found.version, contents };
}

async function withStaging<T>(
  { rootimgdir }: ImageSpec,
  build: (staging: Staging, log: (line: string) => void) => Promise<T>,
): Promise<T> {
  return withImageLock(rootimgdir, async () => {
    const staging = stagingOf(rootimgdir);
    await clearLeftovers(rootimgdir, staging);
    const log = createWriteStream(join(rootimgdir, logName));
    try {
      return await build(staging, (line) => void log.write(`${line}\n`));
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

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
