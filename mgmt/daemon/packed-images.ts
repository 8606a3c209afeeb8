import { join } from 'node:path';
import { isPackedName } from '../image/pack/packed-names.ts';
import { pathBelow } from './url-path.ts';

/** Where a file is served from: a directory, and names below it. */
export interface ServedPlace {
  readonly root: string;
  readonly names: readonly string[];
}

/**
 * The packed root image that a URL names, or its digest: `/<installdir>/netboot/…/rootimg-statelite.*`,
 * with as many slashes in front as there are (stock writes two). Undefined for everything else below
 * installdir, above all for what is inside of an image.
 */
export function packedImageAt(url: string, installdir: string): ServedPlace | undefined {
  const root = join(installdir, 'netboot');
  const above = root.split('/').filter((name) => name !== '');
  const path = pathBelow('/', url.replace(/^\/+/u, '/'));
  if (path === undefined || above.some((name, index) => path[index] !== name)) return undefined;
  const names = path.slice(above.length);
  const isPacked = names.length > 1 && isPackedName(names.at(-1) ?? '');
  return isPacked && !names.includes('rootimg') ? { root, names } : undefined;
}
