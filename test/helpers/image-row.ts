import type { ImageRow } from '../../mgmt/image/genimage/spec.ts';

/** The row of an osimage `compute`. */
export const imageRow: ImageRow = {
  imagename: 'compute',
  profile: 'compute',
  provmethod: 'statelite',
  osvers: 'debian12',
  osarch: 'x86_64',
  environvar: null,
  pkglist: null,
  pkgdir: null,
  otherpkglist: null,
  otherpkgdir: null,
  postinstall: null,
  rootimgdir: null,
  kerneldir: null,
  netdrivers: null,
  partitionfile: null,
  kernelver: null,
  krpmver: null,
};
