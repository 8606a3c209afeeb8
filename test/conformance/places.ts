/** Where everything is in the sandbox of a case; `/` itself stands for the initramfs. */
export const places = {
  newRoot: '/sysroot',
  image: '/.case/image',
  /** A copy of the image, for a root that is writable. */
  ramImage: '/.case/ram',
  trees: '/.case/trees',
  persistent: '/.case/persistent',
  localdisk: '/.case/localdisk',
  postscripts: '/.case/postscripts',
  /** The source of the tmpfs on /.statelite, in the mount table. */
  volatileName: 'statelite',
} as const;
