import { StateliteError } from '../../../agent/errors.ts';

/** What a boot file says, for any loader. */
export interface BootEntry {
  /** `statelite <os>-<arch>-<profile>` or `shell`; `nodeset stat` reads it back. */
  readonly state: string;
  readonly image: string;
  /** Of the image: x86_64, aarch64, ppc64le. */
  readonly arch: string;
  readonly kernelArguments: readonly string[];
  /** The address of the node's TFTP and HTTP server, for loaders that need to be told. */
  readonly server: string;
  /** site.httpport. */
  readonly httpPort: number;
}

/** Kernel and initramfs, below tftpdir. */
export function payloadOf({ image }: Pick<BootEntry, 'image'>) {
  const directory = `xcat/osimage/${image}`;
  return { kernel: `${directory}/kernel`, initramfs: `${directory}/initrd-statelite.gz` };
}

/** URLs of tftpdir start with this wherever it is: HTTP servers, stock's and ours, map it (mgmt QUIRK-65). */
export const tftpPrefix = '/tftpboot';

/** An IPv6 address as it stands before a port. */
export function bracketed(server: string): string {
  return server.includes(':') ? `[${server}]` : server;
}

/**
 * The comment that `nodeset stat` reads. ERR_STATELITE_BOOTFILE for a state that would not end with
 * its line: it is made of columns of osimage.
 */
export function commentOf({ state, image }: BootEntry): string {
  // Loaders go on with a line behind a backslash at its end.
  if (!/\p{Cc}|\\$/u.test(state)) return `#${state}`;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `osimage ${image}: ${JSON.stringify(state)} cannot be a line of a boot file`,
    { hint: 'correct its osvers, osarch or profile' },
  );
}

/**
 * The kernel command line for loaders that have it in double quotes. ERR_STATELITE_BOOTFILE for a
 * word that they would end, or read in another way.
 */
export function quotable({ kernelArguments }: BootEntry, loader: string): string {
  refuseWords(kernelArguments, /["'\\]/u, loader);
  return kernelArguments.join(' ');
}

/** ERR_STATELITE_BOOTFILE for a word that `loader` would not hand on as it is. */
export function refuseWords(words: readonly string[], pattern: RegExp, loader: string): void {
  const wrong = words.find((word) => pattern.test(word));
  if (wrong === undefined) return;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `${loader} cannot hand on the word ${wrong} of the kernel command line as it is`,
    { hint: 'write it in another way, or boot the node with another noderes.netboot' },
  );
}
