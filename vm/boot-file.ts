import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../agent/errors.ts';
import type { Places } from './management.ts';
import type { DirectKernel } from './qemu.ts';

/**
 * What iPXE would load for a node, for a boot past the firmware: the same kernel, initramfs and
 * kernel command line that nodeset wrote, BOOTIF as iPXE fills it in.
 */
export async function installedKernel(
  { tftpdir }: Pick<Places, 'tftpdir'>,
  node: string,
  mac: string,
): Promise<DirectKernel> {
  const file = join(tftpdir, 'xcat/xnba/nodes', node);
  return { ...parseScript(await readFile(file, 'utf8'), tftpdir, mac) };
}

/** Reads the three lines of a boot script that matter (pure). */
export function parseScript(script: string, tftpdir: string, mac: string): DirectKernel {
  const word = (pattern: RegExp): string => {
    const value = pattern.exec(script)?.[1];
    if (value !== undefined) return value;
    throw new StateliteError('ERR_STATELITE_VM', `no ${pattern} in the boot script:\n${script}`);
  };
  const local = (url: string) => join(tftpdir, url);
  return {
    kernel: local(word(/imgfetch -n kernel \S+\/tftpboot(\/\S+)/)),
    initrd: local(word(/imgfetch -n initrd \S+\/tftpboot(\/\S+)/)),
    append: word(/imgargs kernel (.*)/).replace('${netX/mac:hexhyp}', mac.replaceAll(':', '-')),
  };
}
