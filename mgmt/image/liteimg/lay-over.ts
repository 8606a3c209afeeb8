import { rename, rm } from 'node:fs/promises';
import { type Bytes, bytesOf, fsPath, textOf } from '../../../agent/files/bytes.ts';
import { namesIn, statusOf } from './byte-paths.ts';

/**
 * Lays an object over an older one of its name, which vanishes (semantics 4.2): names that only an
 * older directory has go to the newer. What was laid over by half is completed by doing it again.
 */
export async function layOver(newer: string, older: string): Promise<void> {
  await layOverBytes(bytesOf(newer), bytesOf(older));
}

async function layOverBytes(newer: Bytes, older: Bytes): Promise<void> {
  const [above, below] = [await statusOf(newer), await statusOf(older)];
  if (above?.isDirectory() === true && below?.isDirectory() === true) {
    for (const name of await namesIn(older)) {
      const [to, from] = [`${newer}/${name}`, `${older}/${name}`];
      if ((await statusOf(to)) === undefined) await rename(fsPath(from), fsPath(to));
      else await layOverBytes(to, from);
    }
  }
  await rm(fsPath(older), { recursive: true, force: true });
}

/** The first older directory with something in it that would vanish under a newer object of another type. */
export async function lostBelow(newer: string, older: string): Promise<string | undefined> {
  return lostBelowBytes(bytesOf(newer), bytesOf(older));
}

async function lostBelowBytes(newer: Bytes, older: Bytes): Promise<string | undefined> {
  const [above, below] = [await statusOf(newer), await statusOf(older)];
  if (above === undefined || below?.isDirectory() !== true) return undefined;
  const names = await namesIn(older);
  if (!above.isDirectory()) return names.length === 0 ? undefined : textOf(older);
  for (const name of names) {
    const lost = await lostBelowBytes(`${newer}/${name}`, `${older}/${name}`);
    if (lost !== undefined) return lost;
  }
  return undefined;
}
