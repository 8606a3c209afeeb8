import { digestOf } from '../pack/pack-root.ts';
import { packedNames } from '../pack/packed-names.ts';

/** What an image archive holds, by the names that stock xCAT gives them, or ours where it has none. */
export const member = {
  manifest: 'manifest.xml',
  kernel: 'kernel',
  initramfs: 'initrd-statelite.gz',
  /** Of stateless nodes, if there is one. */
  stateless: 'initrd-stateless.gz',
  /** newc cpio of `rootimg/`, gzip. */
  tree: 'rootimgtree.gz',
  /** Extended attributes of the tree, which newc cannot hold: getfattr(1), gzip. Ours. */
  xattrs: 'rootimgtree.xattrs.gz',
  litefile: 'litefile.csv',
  litetree: 'litetree.csv',
  statelite: 'statelite.csv',
} as const;

/** Every name in the archive of the tree is below it: stock xCAT unpacks it in rootimgdir. */
export const treeRoot = 'rootimg';

/** Roots packed for nodes that have them in memory: ours, and those of stateless nodes. */
export const packedRoots: readonly string[] = [
  ...packedNames('rootimg-statelite'),
  ...packedNames('rootimg'),
];

/** Where extra files are, below the image's directory of the archive. */
export const extraDirectory = 'extra';

/** Names that no list file can have: they mean something else. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...Object.values(member),
  ...packedRoots,
  ...packedRoots.map(digestOf),
  extraDirectory,
]);
