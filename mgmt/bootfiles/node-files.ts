import { StateliteError } from '../../agent/errors.ts';
import { addressFileName, macFileName } from './boot-mac.ts';
import { type BootEntry, renderIpxe, renderIpxeLocal } from './render/ipxe.ts';
import { renderPxelinux, renderPxelinuxLocal } from './render/pxelinux.ts';

/** The boot loaders that boot files are written for. */
export type Loader = 'xnba' | 'pxe';

/** A file below tftpdir, or a symlink to one beside it. */
export type BootFile =
  | { readonly path: string; readonly content: string }
  | { readonly path: string; readonly link: string };

/** A node as the names of its boot files know it. */
export interface BootNode {
  readonly node: string;
  readonly loader: Loader;
  /** Lower case, with colons. */
  readonly mac: string;
  /** Undefined if it is not known: pxelinux then finds the file by MAC. */
  readonly address: string | undefined;
}

/** What a node is to do at its next boot. */
export type BootState = BootEntry | 'boot' | 'offline';

/** The loader that noderes.netboot names; blank is xnba. ERR_STATELITE_BOOTFILE for one we cannot serve. */
export function loaderOf(netboot: string | undefined, node: string): Loader {
  if (netboot === undefined || netboot === 'xnba') return 'xnba';
  if (netboot === 'pxe') return netboot;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `noderes.netboot ${JSON.stringify(netboot)} of ${node} is not supported`,
    { hint: 'use xnba (iPXE) or pxe (pxelinux)' },
  );
}

/** The boot files of a node; every other file of `ownPaths` is to go. */
export function bootFiles(boot: BootNode, state: BootState): BootFile[] {
  return boot.loader === 'xnba' ? ipxeFiles(boot, state) : pxelinuxFiles(boot, state);
}

/** Every path that nodeset, ours or xCAT's, gives a node by its name, for whichever loader. */
export function ownPaths(node: string): string[] {
  const script = ipxePath(node);
  return [script, `${script}.uefi`, `${script}.elilo`, pxelinuxPath(node)];
}

/** Where the file that tells a node's state is. */
export function statePath({ node, loader }: Pick<BootNode, 'node' | 'loader'>): string {
  return loader === 'xnba' ? ipxePath(node) : pxelinuxPath(node);
}

/** The state that a boot file was written for: its comment line. */
export function readState(content: string): string | undefined {
  return /^#(?!!)(.*)$/m.exec(content)?.[1];
}

export const pxelinuxDirectory = 'pxelinux.cfg';

const ipxePath = (node: string) => `xcat/xnba/nodes/${node}`;
const pxelinuxPath = (node: string) => `${pxelinuxDirectory}/${node}`;

function ipxeFiles({ node }: BootNode, state: BootState): BootFile[] {
  if (state === 'offline') return [];
  const content = state === 'boot' ? renderIpxeLocal() : renderIpxe(state);
  return [{ path: ipxePath(node), content }];
}

/** pxelinux asks by MAC first, then by address; the node's name is for people. */
function pxelinuxFiles({ node, mac, address }: BootNode, state: BootState): BootFile[] {
  const content =
    state === 'boot' || state === 'offline' ? renderPxelinuxLocal(state) : renderPxelinux(state);
  const byAddress = address === undefined ? undefined : addressFileName(address);
  const links = [macFileName(mac), ...(byAddress === undefined ? [] : [byAddress])];
  return [
    { path: pxelinuxPath(node), content },
    ...links.map((name) => ({ path: `${pxelinuxDirectory}/${name}`, link: node })),
  ];
}
