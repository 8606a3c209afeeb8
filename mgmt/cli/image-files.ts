import type { Cluster } from '../core/cluster.ts';
import { stockFileLine } from '../core/stock-lines.ts';
import type { Told } from './node-list.ts';

/** The litefile entries of an image, defined or not: rows for ALL apply to any. */
export function imageFiles(image: string, cluster: Cluster): Told {
  const files = cluster.rowsFor(image).stockFiles();
  return {
    lines: () => files.map((file) => `${image}: ${stockFileLine(file)}`),
    json: () => ({ image, litefile: files }),
  };
}
