import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explainError } from '../agent/errors.ts';
import { type Architecture, architectures } from '../initramfs/architectures.ts';
import { verbs } from '../mgmt/cli/verbs.ts';
import { isCommand } from '../mgmt/completion/command-names.ts';
import { labSettings } from '../vm/settings.ts';
import { linkCommands } from './build/command-links.ts';
import { buildExecutable, type Parts, runnerFor } from './build/executable.ts';
import { nodeFor } from './build/node-for.ts';
import { buildAddon, refuseMissing, stripNode, toolchainFor } from './build/toolchain.ts';

const names = architectures.map(({ name }) => name).join(', ');
const usage = `Usage: npm run build [-- ARCHITECTURE [--node DIRECTORY]]

Builds dist/statelite and dist/statelite-agent for this machine or, for another architecture, the
agent alone: dist/statelite-agent-ARCHITECTURE.

  ARCHITECTURE  ${names}
  --node        an unpacked Node for it, as nodejs.org publishes it; else npm's is used
  --help        this text
`;

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const agent = { entry: 'agent/main.ts', name: 'statelite-agent' };

/** Both programs, one file each, with Node inside, and a name for each xCAT command. */
async function buildForThisMachine(target: Architecture, node: string | undefined): Promise<void> {
  await mkdir(dist, { recursive: true });
  const parts = await prepare(target, dist, node);
  const runner = await runnerFor(target);
  await buildExecutable({ ...agent, output: join(dist, agent.name) }, parts, runner);
  const program = { entry: 'mgmt/main.ts', name: 'statelite' };
  await buildExecutable({ ...program, output: join(dist, program.name) }, parts, runner);
  await copyFile(join(root, 'initramfs/udhcpc'), join(dist, 'udhcpc'));
  await linkCommands(join(dist, 'bin'), Object.keys(verbs).filter(isCommand));
}

/** The agent for nodes of another architecture: the management node stays what it is. */
async function buildForNodes(target: Architecture, node: string | undefined): Promise<void> {
  const work = join(dist, target.name);
  await mkdir(work, { recursive: true });
  const parts = await prepare(target, work, node);
  const output = join(dist, `${agent.name}-${target.name}`);
  const runner = await runnerFor(target);
  await buildExecutable({ ...agent, output }, parts, runner);
  if (runner !== undefined) return;
  process.stdout.write(
    `${output} starts slowly: to rehearse it, this machine needs qemu-user-static and the libraries in /usr/${target.triplet}\n`,
  );
}

/** What the programs of a target have in common: its Node, stripped, and the addon. */
async function prepare(
  target: Architecture,
  work: string,
  given: string | undefined,
): Promise<Parts> {
  const { cache } = labSettings(process.env);
  const version = process.versions.node;
  const fetchNode = nodeFor(target, { root, cache, given, version });
  const toolchain = toolchainFor(target, process.arch);
  await refuseMissing(toolchain);
  const directory = await fetchNode();
  const parts: Parts = {
    root,
    target,
    node: join(work, 'node'),
    addon: join(work, 'addon.node'),
    work,
  };
  const headers = join(directory, 'include/node');
  await buildAddon(toolchain, {
    sources: join(root, 'agent/native'),
    headers,
    output: parts.addon,
  });
  await stripNode(toolchain, join(directory, 'bin/node'), parts.node);
  return parts;
}

/** Returns the exit status: 2 for a wrong command line. */
async function main(): Promise<number> {
  const options = { node: { type: 'string' }, help: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [arch, ...others] = positionals;
    if (values.help === true) {
      process.stdout.write(usage);
      return 0;
    }
    if (others.length > 0) return refuse('name one architecture');
    const here = architectures.find(({ node }) => node === process.arch);
    const target = arch === undefined ? here : architectures.find(({ name }) => name === arch);
    if (target === undefined) return refuse(`no program can be built for ${arch ?? process.arch}`);
    await (target === here ? buildForThisMachine : buildForNodes)(target, values.node);
    return 0;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) return refuse(error.message);
    process.stderr.write(`${explainError(error).join('\n')}\n`);
    return 1;
  }
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n\n${usage}`);
  return 2;
}

process.exitCode = await main();
