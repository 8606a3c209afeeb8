import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootReport } from '../agent/protocol/report.ts';
import { decodeReport } from '../mgmt/daemon/decode-report.ts';

/** The newest boot report in a node's directory on the management node. */
export async function readReport(directory: string): Promise<BootReport> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  return decodeReport(JSON.parse(await readFile(join(directory, names.at(-1) ?? ''), 'utf8')));
}

/** A boot report for people (pure). */
export function renderReport(report: BootReport): string[] {
  const { phases, took, entries, warnings, outcome, steps, spawned, memoryUsed } = report;
  const share = (ms: number): string => `${((100 * ms) / took).toFixed(0)} %`.padStart(5);
  return [
    '',
    `${report.node}: ${outcome}, image ${report.image}, kernel ${report.kernel}`,
    `  first line of the agent ${report.uptime.toFixed(1)} s after the kernel started`,
    '',
    'phases',
    ...phases.map(({ name, took: ms }) => `  ${name.padEnd(10)} ${seconds(ms)} ${share(ms)}`),
    `  ${'together'.padEnd(10)} ${seconds(took)}`,
    '',
    'entries by option',
    ...Object.entries(entries).map(([option, count]) => `  ${option.padEnd(16)} ${count}`),
    '',
    `${steps.length} steps, ${warnings.length} warnings, ${(memoryUsed / 1e6).toFixed(0)} MB of memory in use`,
    ...warnings.map((warning) => `  warning: ${warning}`),
    `programs started by the agent: ${spawned.map((argv) => argv.split(' ').slice(0, 2).join(' ')).join(', ')}`,
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(8);
}
