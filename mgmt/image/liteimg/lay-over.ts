import { type Bytes, bytesOf, fsPath, textOf } from '../../../agent/files/bytes.ts';
import type { Files } from './files.ts';

/**
 * Lays an object over an older one of its name, which vanishes (semantics 4.2): names that only an
 * older directory has go to the newer. What was laid over by half is completed by doing it again.
 */
export async function layOver(files: Files, newer: string, older: string): Promise<void> {
  await layOverBytes(files, bytesOf(newer), bytesOf(older));
}

async function layOverBytes(files: Files, newer: Bytes, older: Bytes): Promise<void> {
  const [above, below] = [files.status(fsPath(newer)), files.status(fsPath(older))];
  if (above?.isDirectory() === true && below?.isDirectory() === true) {
    for (const bytes of await files.names(fsPath(older))) {
      const name = bytes.toString('latin1');
      const [to, from] = [`${newer}/${name}`, `${older}/${name}`] as const;
      if (files.status(fsPath(to)) === undefined) await files.move(fsPath(from), fsPath(to));
      else await layOverBytes(files, to, from);
    }
  }
  await files.remove(fsPath(older));
}

/** The first older directory with something in it that would vanish under a newer object of another type. */
export async function lostBelow(
  files: Files,
  newer: string,
  older: string,
): Promise<string | undefined> {
  return lostBelowBytes(files, bytesOf(newer), bytesOf(older));
}

async function lostBelowBytes(
  files: Files,
  newer: Bytes,
  older: Bytes,
): Promise<string | undefined> {
  const [above, below] = [files.status(fsPath(newer)), files.status(fsPath(older))];
  if (above === undefined || below?.isDirectory() !== true) return undefined;
  const names = await files.names(fsPath(older));
  if (!above.isDirectory()) return names.length === 0 ? undefined : textOf(older);
  for (const bytes of names) {
    const name = bytes.toString('latin1');
    const lost = await lostBelowBytes(files, `${newer}/${name}`, `${older}/${name}`);
    if (lost !== undefined) return lost;
  }
  return undefined;
}
