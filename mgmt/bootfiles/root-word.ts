import { parseRootOptions } from '../core/root-options.ts';
import type { KernelValues } from './kernel-arguments.ts';
import { refuseValue, type Sourced, word } from './sourced.ts';

/**
 * The word that names a node's root: what dracut's images get, what the others get, or the URL of
 * a packed one. ERR_STATELITE_BOOTFILE names row and column of a value that cannot be in it.
 */
export function rootWord(values: KernelValues): string {
  const { os, imageServer, imageDirectory, nfsrootopts, packed } = values;
  if (packed !== undefined) return imageWord(packed, values);
  if (!imageDirectory.text.startsWith('/')) {
    refuseValue(
      imageDirectory,
      `${JSON.stringify(imageDirectory.text)} is no absolute path`,
      'write the directory from / on, as the NFS server exports it',
    );
  }
  const place = `${bracketed(word(imageServer))}:${word(imageDirectory)}`;
  const options = rootOptions(nfsrootopts);
  // What follows it are mount options.
  const end = hasDracut(os) ? ':' : ',';
  if (imageDirectory.text.includes(end)) {
    refuseValue(imageDirectory, `holds "${end}"`, `give the image a directory without "${end}"`);
  }
  if (hasDracut(os)) return `root=nfs:${place}/rootimg:${['ro', ...options].join(',')}`;
  return `NFSROOT=${[place, ...options].join(',')}`;
}

/** An IPv6 address before `:`; anything else as it is. */
export function bracketed(server: string): string {
  return /^[0-9a-f]*:[0-9a-f:.]*$/i.test(server) ? `[${server}]` : server;
}

/** Whether the image's own initramfs is dracut's, which knows `root=nfs:` only; ours knows both words. */
function hasDracut(os: string): boolean {
  const [, family = '', major = ''] = /^([A-Za-z-]+?)-?(\d+)/.exec(os) ?? [];
  if (/^(rhel|centos|alma|rocky|ol$|SL$)/.test(family)) return Number(major) >= 6;
  if (family === 'fedora') return Number(major) >= 12;
  return /^(sles|leap|opensuse)/.test(family) && Number(major) >= 12;
}

/** The path is absolute, hence the double slash, as in stock xCAT. Our daemon serves it. */
function imageWord(packed: Sourced, { master, ports }: KernelValues): string {
  const server = `${bracketed(word(master))}:${ports.http}`;
  const path = word(packed).split('/').map(encodeURIComponent).join('/');
  return `imgurl=http://${server}/${path}`;
}

function rootOptions(value: Sourced): readonly string[] {
  const parsed = parseRootOptions(word(value));
  if ('problem' in parsed) refuseValue(value, parsed.problem, parsed.hint);
  return parsed;
}
