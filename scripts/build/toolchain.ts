import { execFile } from 'node:child_process';
import { chmod, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { Architecture } from '../../initramfs/architectures.ts';

/** A program of the build, and the Debian package that has it. */
export interface Tool {
  readonly program: string;
  readonly package: string;
}

export interface Toolchain {
  readonly compiler: Tool;
  /** Has the C library's headers, which the compiler's package only recommends. */
  readonly headers: string;
  readonly strip: Tool;
}

/** The compiler for programs of an architecture: this machine's own, or the cross compiler. */
export function toolchainFor({ node, triplet, debian }: Architecture, here: string): Toolchain {
  if (node === here) {
    return {
      compiler: { program: 'gcc', package: 'gcc' },
      headers: 'libc6-dev',
      strip: { program: 'strip', package: 'binutils' },
    };
  }
  const word = triplet.replaceAll('_', '-');
  return {
    compiler: { program: `${triplet}-gcc`, package: `gcc-${word}` },
    headers: `libc6-dev-${debian}-cross`,
    strip: { program: `${triplet}-strip`, package: `binutils-${word}` },
  };
}

/** ERR_STATELITE_COMMAND if a program is missing, before anything is fetched or made. */
export async function refuseMissing({ compiler, strip }: Toolchain): Promise<void> {
  for (const tool of [compiler, strip]) await runTool(tool, ['--version']);
}

/** Makes the addon of its C files. The headers come with Node; it uses nothing newer than N-API 1. */
export async function buildAddon(
  { compiler, headers: headersPackage }: Toolchain,
  { sources, headers, output }: Record<'sources' | 'headers' | 'output', string>,
): Promise<void> {
  const flags = ['-Wall', '-Os', '-shared', '-fPIC', '-fvisibility=hidden', '-s', '-I', headers];
  const files = (await readdir(sources)).filter((name) => name.endsWith('.c'));
  const paths = files.map((name) => join(sources, name));
  try {
    await runTool(compiler, [...flags, '-o', `${output}.new`, ...paths]);
  } catch (cause) {
    if (!(cause instanceof Error && / fatal error: .*No such file/.test(cause.message)))
      throw cause;
    throw new StateliteError('ERR_STATELITE_COMMAND', `${compiler.program} finds no headers`, {
      hint: `apt-get install ${headersPackage}`,
      cause,
    });
  }
  await rename(`${output}.new`, output);
}

/** A smaller Node. Before the program is injected: stripping afterwards breaks the executable. */
export async function stripNode({ strip }: Toolchain, node: string, output: string): Promise<void> {
  await runTool(strip, ['-o', `${output}.new`, node]);
  await chmod(`${output}.new`, 0o755);
  await rename(`${output}.new`, output);
}

/** Runs a program of the build; ERR_STATELITE_COMMAND says which package has one that is missing. */
export async function runTool(tool: Tool, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(tool.program, args, { maxBuffer: 1 << 26 })).stdout;
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    throw new StateliteError('ERR_STATELITE_COMMAND', `this machine has no ${tool.program}`, {
      hint: `apt-get install ${tool.package}`,
    });
  }
}
