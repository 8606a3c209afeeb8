import { isAbsent, isDirectory, type PrintedDocument } from './printed.ts';

const image = 'rhels7.3-custom-statelite';
const directory = '/install/netboot/rhels7.3/ppc64le/compute';
const root = `${directory}/rootimg`;
const lists = '/install/test/netboot/rh';
const own = '/install/test/post/otherpkgs/rh/ppc64le';
const editor = 'an editor: what is typed there is written';
const arrows = 'liteimg does this: what it shows is there after the line before';
const cut = 'where it is copied to is lost in print';

/** The second document: every command line of it. */
export const provisionStatelite: PrintedDocument = {
  name: '"Provision statelite"',
  before: [
    'mkdef -t node -o node1 groups=compute,all provmethod=install mac=52:54:00:00:00:01 ip=10.0.0.1',
    'chtab key=master site.value=10.0.0.254',
    'tabrestore /media/litefile.csv',
    'chtab image=ALL,file=/etc/ntp.conf litefile.options=link',
    'cd /iso',
  ],
  lines: [
    {
      section: 'Show current provisioning method',
      printed: ['lsdef <noderange> -i provmethod'],
      adapted: { why: 'a noderange of this cluster', words: { '<noderange>': 'compute' } },
      how: 'verb',
      outcome: { prints: ['Object name: node1', '    provmethod=install'] },
    },
    {
      section: 'Generate default statelite image from distoro media',
      printed: ['copycds RHEL-7.3-20161019.0-Server-ppc64le-dvd1.iso'],
      how: 'verb',
      outcome: {
        prints: ['Media copy operation successful'],
        files: { '/install/rhels7.3/ppc64le/Server/repodata/repomd.xml': '<repomd' },
        rows: { osimage: { imagename: 'rhels7.3-ppc64le-statelite-compute', osarch: 'ppc64le' } },
      },
    },
    {
      section: 'Create the osimage definition',
      printed: [`mkdef ${image} -u profile=compute provmethod=statelite`],
      how: 'verb',
      outcome: {
        prints: ['1 object definitions have been created'],
        rows: {
          osimage: { imagename: image, osvers: 'rhels7.3', osarch: 'ppc64le', profile: 'compute' },
          linuximage: { imagename: image, rootimgdir: directory },
        },
      },
    },
    {
      section: 'Create the osimage definition',
      printed: [`lsdef -t osimage ${image}`],
      how: 'verb',
      outcome: {
        prints: [`Object name: ${image}`, '    provmethod=statelite', '    osvers=rhels7.3'],
      },
    },
    {
      section: 'Create the osimage definition',
      printed: ['mkdir -p /install/test/netboot/rh'],
      how: 'program',
      outcome: { files: { [lists]: isDirectory } },
    },
    {
      section: 'Create the osimage definition',
      printed: ['cp -p /opt/xcat/share/xcat/netboot/rh/compute.rhels7.ppc64le.pkglist \\'],
      adapted: { why: cut, words: { 'ppc64le.pkglist': `ppc64le.pkglist ${lists}` } },
      how: 'program',
      outcome: { files: { [`${lists}/compute.rhels7.ppc64le.pkglist`]: 'base' } },
    },
    {
      section: 'Create the osimage definition',
      printed: ['cp -p /opt/xcat/share/xcat/netboot/rh/compute.exlist \\'],
      adapted: { why: cut, words: { 'compute.exlist': `compute.exlist ${lists}` } },
      how: 'program',
      outcome: { files: { [`${lists}/compute.exlist`]: './usr/share/*' } },
    },
    {
      section: 'Create the osimage definition',
      printed: [
        `chdef -t osimage -o ${image} \\`,
        '    pkgdir=/install/rhels7.3/ppc64le \\',
        '    pkglist=/install/test/netboot/rh/compute.rhels7.ppc64le.pkglist \\',
        '    exlist=/install/test/netboot/rh/compute.exlist \\',
      ],
      how: 'verb',
      outcome: {
        rows: {
          linuximage: {
            imagename: image,
            pkgdir: '/install/rhels7.3/ppc64le',
            pkglist: `${lists}/compute.rhels7.ppc64le.pkglist`,
            exlist: `${lists}/compute.exlist`,
          },
        },
      },
    },
    {
      section: 'Setup pkglists',
      printed: ['vi /install/test/netboot/rh/compute.rhels7.ppc64le.pkglist'],
      how: 'effect',
      why: editor,
      written: { [`${lists}/compute.rhels7.ppc64le.pkglist`]: 'base\nkernel\n' },
    },
    {
      section: 'Setup pkglists',
      printed: ['vi /install/test/netboot/rh/compute.exlist'],
      how: 'effect',
      why: editor,
      written: { [`${lists}/compute.exlist`]: './usr/share/own\n' },
    },
    {
      section: 'Install other specific packages',
      printed: ['mkdir -p /install/test/post/otherpkgs/rh/ppc64le'],
      how: 'program',
      outcome: { files: { [own]: isDirectory } },
    },
    {
      section: 'Install other specific packages',
      first: [`cp /media/own/own-1.noarch.rpm ${own}`],
      printed: ['cd /install/test/post/otherpkgs/rh/ppc64le'],
      how: 'cd',
    },
    {
      section: 'Install other specific packages',
      printed: ['ls *.rpm > rpms.list'],
      how: 'program',
      outcome: { files: { [`${own}/rpms.list`]: 'own-1.noarch.rpm' } },
    },
    {
      section: 'Install other specific packages',
      printed: ['createrepo -i rpms.list /install/test/post/otherpkgs/rh/ppc64le'],
      how: 'program',
      outcome: { files: { [`${own}/repodata/repomd.xml`]: '<repomd' } },
    },
    {
      section: 'Install other specific packages',
      first: [`mkdir -p ${own}/other`, `cp /media/other/other-1.noarch.rpm ${own}/other`],
      printed: ['createrepo /install/post/otherpkgs/<os>/<arch>/**other**'],
      adapted: {
        why: 'the directory of the lines before; the asterisks are bold type',
        words: { '/install/post/otherpkgs/<os>/<arch>/**other**': `${own}/other` },
      },
      how: 'program',
      outcome: { files: { [`${own}/other/repodata/repomd.xml`]: '<repomd' } },
    },
    {
      section: 'Install other specific packages',
      printed: [
        `chdef -t osimage -o ${image} \\`,
        'otherpkgdir=/install/test/post/otherpkgs/rh/ppc64le \\',
      ],
      how: 'verb',
      outcome: { rows: { linuximage: { imagename: image, otherpkgdir: own } } },
    },
    {
      section: 'Setting up postinstall files (optional)',
      // an otherpkgs.pkglist, of which the text only says that there are examples
      first: [`chdef -t osimage -o ${image} otherpkglist=${lists}/compute.otherpkgs.pkglist`],
      written: {
        [`${lists}/compute.otherpkgs.pkglist`]: 'own\nother/other\n',
        [`${lists}/compute.postinstall`]: '#!/bin/sh\necho "$@" >$1/etc/built\n',
      },
      printed: [`chdef -t osimage -o ${image} postinstall=<your postinstall file path>.`],
      adapted: {
        why: 'a file, and the end of the sentence',
        words: { '<your postinstall file path>.': `${lists}/compute.postinstall` },
      },
      how: 'verb',
      outcome: {
        rows: { linuximage: { imagename: image, postinstall: `${lists}/compute.postinstall` } },
      },
    },
    {
      section: 'Generate the image',
      printed: [`genimage ${image}`],
      how: 'verb',
      outcome: {
        prints: [`next: liteimg ${image}`],
        files: {
          [`${root}/usr/share/own`]: 'own',
          [`${root}/usr/share/other`]: 'other',
          [`${root}/etc/built`]: ' rhels7.3 ppc64le compute',
          [`${root}/etc/fstab`]: 'compute_ppc64le',
          [`${directory}/kernel`]: 'old',
          [`${directory}/initrd-statelite.gz`]: '',
        },
      },
    },
    {
      section: 'Generate the image',
      printed: ['cd /install/netboot/rhels7/ppc64le/compute/rootimg/etc'],
      adapted: { why: 'the image is of rhels7.3', words: { 'rhels7/': 'rhels7.3/' } },
      how: 'cd',
    },
    {
      section: 'Generate the image',
      printed: ['cp fstab fstab.ORIG'],
      how: 'program',
      outcome: { files: { [`${root}/etc/fstab.ORIG`]: 'compute_ppc64le' } },
    },
    {
      section: 'Generate the image',
      printed: ['vi fstab'],
      how: 'effect',
      why: editor,
      written: { [`${root}/etc/fstab`]: 'tmpfs /tmp tmpfs size=50m 0 2\n' },
    },
    {
      section: 'Pack the image',
      printed: [`liteimg ${image}`],
      how: 'verb',
      outcome: {
        files: {
          [`${root}/.statelite/litefile.save`]: '/etc/ntp.conf',
          [`${root}/.default/etc/fstab`]: 'size=50m',
          [`${directory}/rootimg-statelite.gz`]: isAbsent,
        },
      },
    },
    {
      section: 'Boot the statelite node',
      printed: [`rinstall node1 osimage=${image}`],
      how: 'elsewhere',
      why: 'it turns nodes on',
    },
    {
      section: 'Set rootfstype',
      printed: [`chdef -t osimage -o ${image} rootfstype=ramdisk`],
      how: 'verb',
      outcome: { rows: { osimage: { imagename: image, rootfstype: 'ramdisk' } } },
    },
    {
      section: 'Run liteimg command',
      printed: [`liteimg ${image}`],
      how: 'verb',
      outcome: {
        files: {
          [`${directory}/rootimg-statelite.gz`]: '',
          [`${directory}/rootimg-statelite.gz.sha256`]: '  rootimg-statelite.gz\n',
        },
      },
    },
    {
      section: 'Run liteimg command',
      printed: ['mkdir -p $imageroot/.default/etc'],
      how: 'effect',
      why: arrows,
      outcome: { files: { [`${root}/.default/etc`]: isDirectory } },
    },
    {
      section: 'Run liteimg command',
      printed: ['mkdir -p $imageroot/.statelite/tmpfs/etc'],
      how: 'effect',
      why: arrows,
      outcome: { files: { [`${root}/.statelite/tmpfs/etc`]: isDirectory } },
    },
    {
      section: 'Run liteimg command',
      printed: ['mv $imgroot/etc/ntp.conf $imgroot/.default/etc'],
      how: 'effect',
      why: arrows,
      outcome: { files: { [`${root}/.default/etc/ntp.conf`]: 'server 127.127.1.0' } },
    },
    {
      section: 'Run liteimg command',
      printed: ['cd $imgroot/.statelite/tmpfs/etc', 'ln -sf ../../../.default/etc/ntp.conf .'],
      how: 'effect',
      why: arrows,
      outcome: {
        files: {
          [`${root}/.statelite/tmpfs/etc/ntp.conf`]: { link: '../../../.default/etc/ntp.conf' },
        },
      },
    },
    {
      section: 'Run liteimg command',
      printed: ['cd $imgroot/etc', 'ln -sf ../.statelite/tmpfs/etc/ntp.conf .'],
      how: 'effect',
      why: arrows,
      outcome: {
        files: { [`${root}/etc/ntp.conf`]: { link: '../.statelite/tmpfs/etc/ntp.conf' } },
      },
    },
    {
      section: 'Boot the statelite node',
      printed: ['rinstall <noderange>'],
      how: 'elsewhere',
      why: 'it turns nodes on',
    },
    {
      section: 'Make changes to the common files',
      printed: ['rpm --root /install/netboot/<os>/<arch>/<profile>/rootimg -ivh rpm_name'],
      adapted: {
        why: 'the image, and a package that is not in it',
        words: {
          '<os>/<arch>/<profile>': 'rhels7.3/ppc64le/compute',
          rpm_name: '/media/update/update-1.noarch.rpm',
        },
      },
      how: 'program',
      outcome: {
        files: { [`${root}/usr/share/update`]: 'update' },
        installed: [[root, 'update-1-1.noarch']],
      },
    },
    {
      section: 'Make changes to the common files',
      printed: ['xdsh <noderange> <restart_this_software_command>'],
      how: 'elsewhere',
      why: 'it is run on the nodes',
    },
  ],
};
