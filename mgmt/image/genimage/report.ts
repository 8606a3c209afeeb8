import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { exists } from './exists.ts';
import type { Staging } from './staging.ts';

/** What a build made. */
export interface Outcome {
  readonly name: string;
  readonly rootimgdir: string;
  readonly kernel: string;
  readonly bytes: {
    readonly root: number;
    readonly kernel: number;
    /** Undefined if there is none. */
    readonly initramfs: number | undefined;
  };
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
  /** What is in the initramfs, a line each. */
  readonly contents: readonly string[];
  readonly notes: readonly string[];
}

/** What an operator reads at the end: what was made, how big it is, where the time went, what is next. */
export function renderOutcome(outcome: Outcome): string[] {
  const { bytes } = outcome;
  const total = outcome.phases.reduce((sum, { seconds }) => sum + seconds, 0);
  const phases = outcome.phases.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`);
  return [
    `${outcome.name}: built in ${total.toFixed(1)} s (${phases.join(', ')})`,
    `  in         ${outcome.rootimgdir}`,
    `  rootimg    ${megabytes(bytes.root)}`,
    `  kernel     ${megabytes(bytes.kernel)}, version ${outcome.kernel}`,
    `  initramfs  ${bytes.initramfs === undefined ? '    none' : megabytes(bytes.initramfs)}`,
    ...outcome.contents.map((line) => `    ${line}`),
    ...outcome.notes,
  ];
}

/** Bytes on the disk of what is in place. */
export async function measure(staging: Staging): Promise<Outcome['bytes']> {
  const { stdout } = await promisify(execFile)('du', ['-sx', '--block-size=1', staging.root]);
  return {
    root: Number.parseInt(stdout, 10),
    kernel: (await stat(staging.kernel)).size,
    initramfs: (await exists(staging.initramfs)) ? (await stat(staging.initramfs)).size : undefined,
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`.padStart(9);
}
