import { comments, disable, imageKey } from './common-columns.ts';
import type { Table } from './table.ts';

export const osimage = {
  name: 'osimage',
  doc: 'The images.',
  key: ['imagename'],
  columns: {
    imagename: imageKey,
    groups: { doc: 'Comma-separated osimage groups, which litefile and litetree rows may name.' },
    profile: { doc: 'What the image is for, e.g. compute.' },
    imagetype: { doc: 'linux.' },
    description: { doc: 'A sentence about it.' },
    provmethod: { doc: 'statelite, or netboot for an image that is packed whole.' },
    rootfstype: {
      doc: 'nfs, the default, or ramdisk: nodes fetch the packed root and keep it in memory.',
    },
    nfsrootopts: { doc: 'Comma-separated NFS options of the root; never rw.' },
    osdistroname: {
      doc: 'The distribution it is made from.',
      refers: 'osdistro.osdistroname',
    },
    osupdatename: {
      doc: 'Comma-separated updates of it.',
      refers: 'osdistroupdate.osupdatename',
    },
    cfmdir: { doc: 'Not used.' },
    osname: { doc: 'Linux.' },
    osvers: { doc: 'The operating system, e.g. debian12.' },
    osarch: { doc: 'x86_64, aarch64 or ppc64le.' },
    synclists: {
      doc: 'Files that list what xCAT copies to nodes. Nothing is copied here; imgexport takes them along.',
    },
    postscripts: { doc: 'Comma-separated scripts run while a node boots.' },
    postbootscripts: { doc: 'Comma-separated scripts run after a node has booted.' },
    serverrole: { doc: 'Not used.' },
    isdeletable: { doc: 'Not used.' },
    kitcomponents: { doc: 'Not used.' },
    environvar: { doc: 'Comma-separated variables for postscripts.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const linuximage = {
  name: 'linuximage',
  doc: 'How the images are made and booted.',
  key: ['imagename'],
  columns: {
    imagename: { ...imageKey, refers: 'osimage.imagename' },
    template: {
      doc: 'The template of an installation to disk, as copycds finds it. Kept for xCAT; no effect here.',
    },
    boottarget: { doc: 'Not used.', refers: 'boottarget.bprofile' },
    addkcmdline: {
      doc: 'Words added to the kernel command line of every node with the image, separated by blanks; double quotes hold blanks, as in the kernel.',
    },
    pkglist: { doc: 'The file that lists its packages.' },
    pkgdir: { doc: 'Comma-separated repositories.' },
    otherpkglist: { doc: 'The file that lists packages from otherpkgdir.' },
    otherpkgdir: { doc: 'The directory of further packages.' },
    exlist: { doc: 'The file that lists what is left out of a packed image.' },
    postinstall: { doc: 'Comma-separated scripts run on the root after the packages are in.' },
    rootimgdir: { doc: 'The directory that holds rootimg, the kernel and the initramfs.' },
    kerneldir: { doc: 'Where further kernels are.' },
    nodebootif: { doc: 'The NIC to boot with, if noderes has none.' },
    otherifce: { doc: 'Further NICs. Kept for xCAT; no effect here.' },
    netdrivers: { doc: 'Comma-separated kernel modules of NICs.' },
    kernelver: { doc: 'The kernel to use, if the root has several.' },
    krpmver: {
      doc: 'The version of the kernel packages that genimage installs, of RPM images; blank is the newest.',
    },
    permission: { doc: 'Mode of the tmpfs on /.statelite; default 755.' },
    dump: { doc: 'Where kernel dumps go; `fadump:` before it asks firmware for them, on POWER.' },
    crashkernelsize: { doc: 'Memory kept for the dump kernel.' },
    partitionfile: {
      doc: 'How nodes divide their local disk: the path of a description, or "s:" and the path of a script (partitionfile(5)).',
    },
    driverupdatesrc: { doc: 'Not used.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const osdistro = {
  name: 'osdistro',
  doc: 'The distributions whose packages are at hand.',
  key: ['osdistroname'],
  columns: {
    osdistroname: { required: true, doc: 'A name, e.g. rhels9.4-x86_64.' },
    basename: { doc: 'The distribution, e.g. rhels.' },
    majorversion: { doc: 'Its version up to the first dot.' },
    minorversion: { doc: 'The rest of its version.' },
    arch: { doc: 'x86_64, aarch64 or ppc64le.' },
    type: { doc: 'Linux.' },
    dirpaths: { doc: 'Comma-separated directories of its packages.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const osdistroupdate = {
  name: 'osdistroupdate',
  doc: 'Updates of distributions.',
  key: ['osupdatename'],
  columns: {
    osupdatename: { required: true, doc: 'A name for the update.' },
    osdistroname: { doc: 'The distribution it is for.', refers: 'osdistro.osdistroname' },
    dirpath: { doc: 'The directory of its packages.' },
    downloadtime: { doc: 'When it was fetched.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const boottarget = {
  name: 'boottarget',
  doc: 'Kernels that nodes boot in place of an image; not used for statelite.',
  key: ['bprofile'],
  columns: {
    bprofile: { required: true, doc: 'A name for it.' },
    kernel: { doc: 'The kernel.' },
    initrd: { doc: 'Its initramfs.' },
    kcmdline: { doc: 'Its command line.' },
    comments,
    disable,
  },
} as const satisfies Table;
