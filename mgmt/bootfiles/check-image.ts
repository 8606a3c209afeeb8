import { join } from 'node:path';
import { readImage } from '../../agent/files/image-record.ts';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { nameUnprepared } from '../core/unprepared.ts';
import { exists } from '../image/genimage/exists.ts';
import type { BootImage } from './boot-image.ts';

/**
 * Decides an image's litefile rows as its nodes will: refused combinations (semantics 3.4) throw
 * ERR_STATELITE_TABLE, _ROW or _PATH before a node learns of them. Returns a warning if the image
 * does not fit its table yet. An image that another server holds is not looked at.
 */
export async function checkImage(
  { name, rootimgdir }: Pick<BootImage, 'name' | 'rootimgdir'>,
  rows: readonly LitefileRow[],
): Promise<string | undefined> {
  const root = join(rootimgdir, 'rootimg');
  if (!(await exists(root))) return undefined;
  const { entries, saved } = await readImage(root, rows);
  const changed = nameUnprepared(entries, saved);
  if (changed === undefined) return undefined;
  return `osimage ${name} was not prepared for ${changed}: run liteimg ${name}`;
}
