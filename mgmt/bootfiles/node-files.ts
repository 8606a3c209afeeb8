import { StateliteError } from '../../agent/errors.ts';
import type { BootFile, BootNode, BootState, LinkPlace, Loader } from './layout.ts';
import { isReserved, layouts } from './layouts.ts';

/**
 * The loader that noderes.netboot names; blank is xnba, grub2-tftp is grub2. Throws
 * ERR_STATELITE_BOOTFILE for one we cannot serve.
 */
export function loaderOf(netboot: string | undefined, node: string): Loader {
  const name = netboot === 'grub2-tftp' ? 'grub2' : (netboot ?? 'xnba');
  if (isLoader(name)) return name;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `noderes.netboot ${JSON.stringify(netboot)} of ${node} is not supported`,
    { hint: 'use xnba (iPXE), pxe (pxelinux), grub2, grub2-tftp, grub2-http, yaboot or petitboot' },
  );
}

/** The boot files of a node; every other file of `ownPaths` is to go. */
export function bootFiles(boot: BootNode, state: BootState): BootFile[] {
  const layout = layouts[boot.loader];
  const content = layout.render(state);
  if (content === undefined) return [];
  const links = layout.links.flatMap((place) =>
    place
      .names(boot)
      .flatMap((name) =>
        name === undefined
          ? []
          : [{ path: pathIn(place, name), link: `${place.target}${boot.node}` }],
      ),
  );
  return [
    { path: layout.path(boot.node), content },
    ...links,
    ...(layout.more?.(boot, state) ?? []),
  ];
}

/**
 * Every path that nodeset, ours or xCAT's, gives a node by its name, for whichever loader. What a
 * loader has for itself by that name may be the site's own file.
 */
export function ownPaths(node: string): string[] {
  const paths = loaders
    .filter((loader) => !isReserved(node, loader))
    .map((loader) => layouts[loader])
    .flatMap(({ path, others }) => [path(node), ...(others?.(node) ?? [])]);
  return [...new Set(paths)];
}

/**
 * Where links stand, each place once, with the path of the file that a node's lead to, and whether
 * there can be one of that name.
 */
export function linkPlaces(): {
  readonly place: LinkPlace;
  readonly path: (node: string) => string;
  readonly isOwn: (node: string) => boolean;
}[] {
  return loaders
    .filter((loader) => loader !== 'grub2-http')
    .flatMap((loader) => {
      const { links, path } = layouts[loader];
      const isOwn = (node: string) => !isReserved(node, loader);
      return links.map((place) => ({ place, path, isOwn }));
    });
}

/** Below tftpdir. */
export function pathIn({ directory }: LinkPlace, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`;
}

/** Where the file that tells a node's state is. */
export function statePath({ node, loader }: Pick<BootNode, 'node' | 'loader'>): string {
  return layouts[loader].path(node);
}

/** The state that a boot file was written for: its comment line. */
export function readState(content: string): string | undefined {
  return /^#(?!!)(.*)$/m.exec(content)?.[1];
}

function isLoader(name: string): name is Loader {
  return Object.hasOwn(layouts, name);
}

const loaders = Object.keys(layouts).filter(isLoader);
