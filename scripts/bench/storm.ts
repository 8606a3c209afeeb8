import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostSince } from './host.ts';
import { runClients } from './storm/clients.ts';
import { startServe } from './storm/daemon.ts';
import type { Level, Powered } from './storm/job.ts';
import { renderReport } from './storm/render.ts';
import { levelOf, powerOnOf, reportOf } from './storm/report.ts';
import { fillStorm } from './storm/site.ts';

export interface StormOptions {
  /** Nodes of the site, all of which power on at the end. */
  readonly nodes: number;
  /** How many clients ask at the same time, a level each; none has more than there are nodes. */
  readonly clients: readonly number[];
  /** Requests of a level; at least one for each client, ten times as many on kept connections. */
  readonly requests: number;
  /** The nodes power on within so many seconds. */
  readonly within: number;
  /** Measures the daemon of the sources instead of the built program. */
  readonly sources: boolean;
}

const kinds: readonly Level['kind'][] = ['new', 'resumed', 'kept'];

/**
 * Measures a daemon under clients that ask at the same time, then one that a whole machine room
 * asks with the agent's own patience, and prints the report. A goal that is missed is only said.
 */
export async function benchStorm(options: StormOptions): Promise<void> {
  const before = loadavg();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-bench-'));
  say(`filling a database with ${options.nodes} nodes`);
  await fillStorm(directory.path, options.nodes);
  await using daemon = await startServe(directory.path, options.sources);
  const at = { ports: daemon.ports, ca: daemon.ca };
  say('warming up');
  for (const kind of kinds) {
    await runClients({ kind, clients: 1, requests: 50 }, at);
  }
  const levels = [];
  for (const kind of kinds) {
    for (const clients of options.clients) {
      const requests = Math.max(clients, options.requests * (kind === 'kept' ? 10 : 1));
      const job: Level = { kind, clients, requests };
      const level = levelOf(job, await daemon.measure(() => runClients(job, at)));
      say(`${clients} clients, ${kind}: ${level.perSecond}/s`);
      levels.push(level);
    }
  }
  say(`${options.nodes} nodes power on within ${options.within} s`);
  const job: Powered = { kind: 'power-on', nodes: options.nodes, within: options.within };
  const powerOn = powerOnOf(job, await daemon.measure(() => runClients(job, at)));
  const report = reportOf(options.nodes, levels, powerOn, hostSince(before));
  process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  process.stderr.write(`\n${renderReport(report).join('\n')}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
