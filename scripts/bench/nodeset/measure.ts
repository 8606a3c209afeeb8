import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteGiven } from '../growth.ts';
import { medians } from '../growth-figures.ts';
import type { Figures } from '../tables/report.ts';
import { timed } from '../tables/timed.ts';
import { fillNodeset, image } from './site.ts';

const loaders = ['xnba', 'pxe', 'grub2', 'yaboot', 'petitboot'] as const;

/** Medians of processes from start to end. */
export interface LoaderFigures {
  readonly loader: (typeof loaders)[number];
  /** Files and links below tftpdir that there were not before. */
  readonly files: number;
  /** The files of another loader go. */
  readonly written: Figures;
  /** All is as it should be. */
  readonly unchanged: Figures;
}

export interface SiteFigures {
  readonly nodes: number;
  readonly loaders: readonly LoaderFigures[];
}

/**
 * Sets all nodes of a site for one loader after the other, each twice, and all of it again `runs`
 * times, after once that does not count: nodetype and chain have their rows then.
 */
export async function measureSite(given: SiteGiven): Promise<SiteFigures> {
  const { program, nodes, runs, directory } = given;
  await fillNodeset(directory, nodes);
  const settings = ['etc', 'state', 'installdir', 'tftpdir'].flatMap((name) => [
    `--${name}`,
    join(directory, name === 'installdir' ? 'install' : name === 'tftpdir' ? 'tftpboot' : name),
  ]);
  const run = (fewest: number, ...words: string[]) =>
    timed([...program, ...words, ...settings], fewest);
  const taken = loaders.map((loader) => ({
    loader,
    written: [] as Figures[],
    unchanged: [] as Figures[],
  }));
  const files = new Map<string, number>();
  for (let turn = 0; turn <= runs; turn += 1) {
    for (const { loader, written, unchanged } of taken) {
      await run(0, 'chtab', 'node=compute', `noderes.netboot=${loader}`);
      const first = await run(nodes, 'nodeset', 'all', `osimage=${image}`);
      const again = await run(nodes, 'nodeset', 'all', `osimage=${image}`);
      files.set(loader, await countFiles(join(directory, 'tftpboot')));
      if (turn === 0) continue;
      written.push(first);
      unchanged.push(again);
    }
  }
  return {
    nodes,
    loaders: taken.map(({ loader, written, unchanged }) => ({
      loader,
      files: files.get(loader) ?? 0,
      written: medians(written),
      unchanged: medians(unchanged),
    })),
  };
}

async function countFiles(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).length;
}
