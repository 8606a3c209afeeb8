import { join } from 'node:path';
import type { SiteGiven } from '../growth.ts';
import { medians } from '../growth-figures.ts';
import { nodeName } from '../tables/site.ts';
import { timed } from '../tables/timed.ts';
import type { Figures } from '../tables/report.ts';
import { fillDhcp } from './site.ts';

const backends = ['dnsmasq', 'kea'] as const;

/** What is measured of each server. */
export const works = ['all', 'unchanged', 'one', 'hosts'] as const;

/** Medians of processes from start to end. */
export interface BackendFigures {
  readonly backend: (typeof backends)[number];
  /** `makedhcp -a`, where no node is known. */
  readonly all: Figures;
  /** `makedhcp -a` again: all is as it should be. */
  readonly unchanged: Figures;
  /** One node more. */
  readonly one: Figures;
  /** `makehosts` into a new file. */
  readonly hosts: Figures;
}

export interface DhcpFigures {
  readonly nodes: number;
  readonly backends: readonly BackendFigures[];
}

/** Lets each server know all nodes of a site, `runs` times after once that does not count. */
export async function measureDhcp(given: SiteGiven): Promise<DhcpFigures> {
  const measured: BackendFigures[] = [];
  for (const backend of backends) measured.push(await measureBackend(backend, given));
  return { nodes: given.nodes, backends: measured };
}

async function measureBackend(
  backend: BackendFigures['backend'],
  { program, nodes, runs, directory }: SiteGiven,
): Promise<BackendFigures> {
  const place = join(directory, backend);
  await fillDhcp(place, nodes, backend);
  const settings = ['--etc', join(place, 'etc'), '--state', join(place, 'state')];
  const hostsFile = join(place, 'hosts');
  const run = async (fewest: number, ...words: string[]) =>
    timed([...program, ...words, ...settings], fewest);
  const node = nodeName(Math.ceil(nodes / 2));
  const taken: Record<(typeof works)[number], Figures>[] = [];
  await run(1, 'makedhcp', '-n');
  for (let turn = 0; turn <= runs; turn += 1) {
    await run(1, 'makedhcp', '-a', '-d');
    const all = await run(1, 'makedhcp', '-a');
    const unchanged = await run(1, 'makedhcp', '-a');
    await run(nodes, 'makedhcp', '-q'); // it did its work
    await run(1, 'makedhcp', '-d', node);
    const one = await run(1, 'makedhcp', node);
    const hosts = await run(1, 'makehosts', '--file', hostsFile);
    await run(1, 'makehosts', '-d', '--file', hostsFile);
    if (turn > 0) taken.push({ all, unchanged, one, hosts });
  }
  const of = (work: (typeof works)[number]) => medians(taken.map((figures) => figures[work]));
  return {
    backend,
    all: of('all'),
    unchanged: of('unchanged'),
    one: of('one'),
    hosts: of('hosts'),
  };
}
