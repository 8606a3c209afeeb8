import { join, relative } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { namesIfThere } from '../../agent/files/if-there.ts';
import { isPackedName } from '../image/pack/packed-names.ts';
import type { BootImage } from './boot-image.ts';
import type { Sourced } from './sourced.ts';

/**
 * The file that nodes of a RAM-disk image fetch. ERR_STATELITE_BOOTFILE if it was not packed yet, in
 * stock's words, or packed in two ways, or where the HTTP server does not serve.
 */
export async function packedRoot(
  image: Pick<BootImage, 'name' | 'os' | 'arch' | 'profile' | 'rootimgdir'>,
  installdir: string,
): Promise<Sourced> {
  const { name, os, arch, profile, rootimgdir } = image;
  const from = `linuximage row imagename=${name}: rootimgdir`;
  const served = join(installdir, 'netboot');
  if (relative(served, rootimgdir).startsWith('..')) {
    throw new StateliteError('ERR_STATELITE_BOOTFILE', `${from} is not below ${served}`, {
      hint: 'packed images are served from there only',
    });
  }
  const found = (await namesIfThere(rootimgdir, 'ENOTDIR')).filter(
    (file) => isPackedName(file) && !file.endsWith('.sha256'),
  );
  const [only, another] = found;
  if (only === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `No packed image for platform ${os}, architecture ${arch} and profile ${profile}, please run "liteimg" to create it.`,
      { hint: `liteimg ${name}` },
    );
  }
  if (another === undefined) return { text: join(rootimgdir, only), from };
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `osimage ${name} is packed twice: ${found.join(', ')}`,
    { hint: `remove the old one, or run liteimg ${name}` },
  );
}
