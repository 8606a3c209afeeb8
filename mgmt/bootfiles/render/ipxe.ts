import { StateliteError } from '../../../agent/errors.ts';

/** What a boot file says, for any loader. */
export interface BootEntry {
  /** `statelite <os>-<arch>-<profile>`; `nodeset stat` reads it back. */
  readonly state: string;
  readonly image: string;
  readonly kernelArguments: readonly string[];
  /** site.httpport. */
  readonly httpPort: number;
}

/** URLs start with this whatever site.tftpdir is: the HTTP servers of stock and of ours map it (QUIRK-65). */
const prefix = '/tftpboot';

/** The iPXE script of a node that boots an image, for BIOS and, by `initrd=`, for UEFI firmware. */
export function renderIpxe(entry: BootEntry): string {
  const args = entry.kernelArguments.join(' ');
  if (args.includes('${')) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `iPXE would take "\${" in the kernel command line for a variable: ${args}`,
      { hint: 'write the value itself, or boot the node with noderes.netboot=pxe' },
    );
  }
  const port = entry.httpPort === 80 ? '' : `:${entry.httpPort}`;
  const base = `http://\${next-server}${port}${prefix}/xcat/osimage/${entry.image}`;
  return `#!gpxe
#${entry.state}
imgfetch -n kernel ${base}/kernel
imgload kernel
imgargs kernel initrd=initrd ${args} BOOTIF=01-\${netX/mac:hexhyp}
imgfetch -n initrd ${base}/initrd-statelite.gz
imgexec kernel
`;
}

/** The iPXE script of a node that is to boot from its disk. */
export function renderIpxeLocal(): string {
  return '#!gpxe\n#boot\nexit\n';
}
