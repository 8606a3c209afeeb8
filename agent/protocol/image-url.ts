import { StateliteError } from '../errors.ts';

/** How an image is packed; a squashfs is mounted, the others are unpacked. */
export type ImageFormat = 'cpio' | 'tar' | 'squashfs';

export type Compression = 'none' | 'gzip' | 'zstd';

/** A packed root image on a web server. */
export interface ImageUrl {
  /** http or https, without a user and without `.metainfo`. */
  readonly url: string;
  readonly format: ImageFormat;
  readonly compression: Compression;
}

/**
 * Reads `imgurl=`: the file's name says how it is packed, and `rootimg-statelite.gz` is a cpio archive
 * as in stock xCAT. Stock names a torrent by adding `.metainfo`; the image itself is beside it.
 * Throws ERR_STATELITE_CMDLINE.
 */
export function parseImageUrl(text: string): ImageUrl {
  const url = URL.parse(text.replace(/\.metainfo$/u, ''));
  if (url === null || !/^https?:$/u.test(url.protocol) || url.hostname === '') {
    refuse(text, 'it is http://server[:port]/directory/rootimg-statelite.gz');
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    refuse(text, 'it cannot hold a user, a password or a #');
  }
  const packing = packingOf(url.pathname);
  if (packing === undefined) refuse(text, `the name of the file ends in ${endings.join(', ')}`);
  return { url: url.href, ...packing };
}

/** How a file is packed, by its name; undefined if it does not say. */
export function packingOf(name: string): Omit<ImageUrl, 'url'> | undefined {
  const match = /\.(?:(?<format>cpio|tar)(?:\.(?<how>gz|zst))?|(?<only>gz|sfs|squashfs))$/u.exec(
    name.slice(name.lastIndexOf('/') + 1),
  )?.groups;
  if (match === undefined) return undefined;
  const { format, how, only } = match;
  if (only === 'gz') return { format: 'cpio', compression: 'gzip' };
  if (only !== undefined) return { format: 'squashfs', compression: 'none' };
  const compression = how === 'gz' ? 'gzip' : how === 'zst' ? 'zstd' : 'none';
  return { format: format === 'tar' ? 'tar' : 'cpio', compression };
}

const endings = ['.gz', '.cpio[.gz|.zst]', '.tar[.gz|.zst]', '.sfs'];

function refuse(text: string, hint: string): never {
  throw new StateliteError(
    'ERR_STATELITE_CMDLINE',
    `kernel command line: imgurl=${text} is not usable`,
    { hint },
  );
}
