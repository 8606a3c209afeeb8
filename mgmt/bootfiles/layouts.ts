import { addressFileName, macFileName } from './boot-mac.ts';
import type { BootNode, Layout, Loader } from './layout.ts';
import { type GrubProtocol, renderGrub2, renderGrub2Local } from './render/grub2.ts';
import { renderIpxe, renderIpxeLocal } from './render/ipxe.ts';
import { renderPetitboot, renderPetitbootLocal } from './render/petitboot.ts';
import { renderPxelinux, renderPxelinuxLocal } from './render/pxelinux.ts';
import { renderYaboot, renderYabootLocal } from './render/yaboot.ts';

/** Where GRUB and its configurations are, below tftpdir. */
export const grubDirectory = 'boot/grub2';

const byMac = ({ mac }: BootNode) => mac && macFileName(mac);
const byAddress = ({ address }: BootNode) =>
  address === undefined ? undefined : addressFileName(address);
const macPattern = '01(?:-[0-9a-f]{2}){6}';
const hexPattern = '[0-9A-F]{8}';

/** iPXE is told the node's name by DHCP. Stock's elilo files for UEFI are not needed: iPXE starts kernels itself. */
const xnba: Layout = {
  path: (node) => `xcat/xnba/nodes/${node}`,
  render: (state) =>
    state === 'offline' ? undefined : state === 'boot' ? renderIpxeLocal() : renderIpxe(state),
  links: [],
  others: (node) => ['uefi', 'elilo', 'pxelinux'].map((end) => `xcat/xnba/nodes/${node}.${end}`),
};

/** pxelinux asks by MAC first (mgmt QUIRK-66), then by address; the node's name is for people. */
const pxe: Layout = {
  path: (node) => `pxelinux.cfg/${node}`,
  render: (state) =>
    typeof state === 'string' ? renderPxelinuxLocal(state) : renderPxelinux(state),
  links: [
    {
      directory: 'pxelinux.cfg',
      pattern: new RegExp(`^(?:${hexPattern}|${macPattern})$`, 'u'),
      target: '',
      names: (boot) => [byMac(boot), byAddress(boot)],
    },
  ],
  reserved: /^default$/u,
};

/** GRUB asks by MAC, then by address; firmware finds GRUB for the node's architecture by the node's name. */
const grub2 = (protocol: GrubProtocol): Layout => ({
  path: (node) => `${grubDirectory}/${node}`,
  render: (state) =>
    state === 'offline'
      ? undefined
      : state === 'boot'
        ? renderGrub2Local()
        : renderGrub2(state, protocol),
  links: [
    {
      directory: grubDirectory,
      pattern: new RegExp(`^grub\\.cfg-(?:${hexPattern}|${macPattern})$`, 'u'),
      target: '',
      names: (boot) => [byMac(boot), byAddress(boot)].map((name) => name && `grub.cfg-${name}`),
    },
  ],
  others: (node) => [grubLink(node)],
  // Without it firmware that was told this name goes on to its disk.
  more: ({ node }, state) =>
    typeof state === 'string' ? [] : [{ path: grubLink(node), link: grubName(state.arch) }],
  reserved: /^grub(?:\.cfg|2[.-]|env$)/u,
});

const yaboot: Layout = {
  path: (node) => `etc/${node}`,
  render: (state) => (typeof state === 'string' ? renderYabootLocal(state) : renderYaboot(state)),
  links: [
    {
      directory: 'etc',
      pattern: new RegExp(`^${hexPattern.toLowerCase()}$`, 'u'),
      target: '',
      names: (boot) => [byAddress(boot)?.toLowerCase()],
    },
    {
      directory: '.',
      pattern: /^yaboot\.conf-[0-9a-f]{2}(?:-[0-9a-f]{2}){5}$/u,
      target: 'etc/',
      names: ({ mac }) => [mac && `yaboot.conf-${mac.replaceAll(':', '-')}`],
    },
  ],
};

/** DHCP gives petitboot the URL of the file by the node's name; the other name is stock's. */
const petitboot: Layout = {
  path: (node) => `petitboot/${node}`,
  render: (state) =>
    state === 'offline'
      ? undefined
      : state === 'boot'
        ? renderPetitbootLocal()
        : renderPetitboot(state),
  links: [
    {
      directory: '.',
      pattern: new RegExp(`^${hexPattern}$`, 'u'),
      target: 'petitboot/',
      names: (boot) => [byAddress(boot)],
    },
  ],
};

/** What each loader asks for (reference 5.5). */
export const layouts: Readonly<Record<Loader, Layout>> = {
  xnba,
  pxe,
  grub2: grub2('tftp'),
  'grub2-http': grub2('http'),
  yaboot,
  petitboot,
};

/** The name of GRUB for an architecture, in its directory. */
export function grubName(arch: string): string {
  return `grub2.${arch}`;
}

const grubLink = (node: string) => `${grubDirectory}/grub2-${node}`;

/** Whether a loader finds another file by this name than the node's. */
export function isReserved(node: string, loader: Loader): boolean {
  const { path, links, reserved } = layouts[loader];
  const directory = path('').replace(/\/$/u, '');
  return (
    (reserved?.test(node) ?? false) ||
    links.some((place) => place.directory === directory && place.pattern.test(node))
  );
}
