import { isAbsent, isDirectory, type PrintedDocument } from './printed.ts';

const root = '/install/netboot/rhels5.3/x86_64/compute/rootimg';
const image = 'rhels5.3-x86_64-statelite-compute';
const misprint = 'the text builds rhels5.3, and prints rhel5.3 here';
const arrows = 'liteimg does this: what it shows is there after the line before';

/**
 * The cookbook of May 2010: every command line of its sections 2.5 to 2.13, and the one of 2.1; what
 * 2.2 prints is in test/integration/mgmt/cli/cookbook.test.ts.
 */
export const cookbook2010: PrintedDocument = {
  name: 'the cookbook of 2010',
  before: [
    'mkdef -t node -o cn01 groups=compute,all mac=52:54:00:00:00:01 ip=10.0.0.1',
    'chtab key=master site.value=10.0.0.254',
    'chtab key=system,username=root passwd.password=cluster',
    'tabrestore /media/litefile.csv',
    // in 2010 the default was what `link` is today
    'chtab image=ALL,file=/etc/ntp.conf litefile.options=link',
  ],
  lines: [
    {
      section: '2.1',
      printed: ['service nfs restart'],
      how: 'effect',
      why: 'the NFS server is a service of the machine; its exports are made by setup, read-only as 2.1 wants them',
      first: ['setup --network 10.0.0.0/24 --server 10.0.0.254'],
      outcome: { files: { '/etc/generated/exports': '(ro,' } },
    },
    {
      section: '2.5',
      printed: ['chtab priority=4.7 policy.commands=litefile policy.rule=allow'],
      how: 'verb',
      outcome: { rows: { policy: { priority: '4.7', commands: 'litefile', rule: 'allow' } } },
    },
    {
      section: '2.5',
      printed: ['chtab priority=4.8 policy.commands=litetree policy.rule=allow'],
      how: 'verb',
      outcome: { rows: { policy: { priority: '4.8', commands: 'litetree', rule: 'allow' } } },
    },
    {
      section: '2.6',
      printed: ['copycds /iso/RHEL5.2-Server-20080430.0-x86_64-DVD.iso'],
      how: 'verb',
      outcome: {
        prints: ['Copying media to /install/rhels5.2/x86_64', 'Media copy operation successful'],
        files: { '/install/rhels5.2/x86_64/Server/repodata/repomd.xml': '<repomd' },
        rows: {
          osimage: { imagename: 'rhels5.2-x86_64-statelite-compute', provmethod: 'statelite' },
          linuximage: { pkgdir: '/install/rhels5.2/x86_64' },
        },
      },
    },
    {
      section: '2.6',
      printed: ['mkdir -p /install/custom/netboot/rh'],
      how: 'program',
      outcome: { files: { '/install/custom/netboot/rh': isDirectory } },
    },
    { section: '2.6', printed: ['cd /install/custom/netboot/rh'], how: 'cd' },
    {
      section: '2.6',
      printed: ['cp /netboot/rh/compute.pkglist compute.pkglist'],
      adapted: {
        why: "the beginning of the path, the place of xCAT's own files, is lost in print",
        words: { '/netboot': '/opt/xcat/share/xcat/netboot' },
      },
      how: 'program',
      outcome: { files: { '/install/custom/netboot/rh/compute.pkglist': 'base' } },
    },
    {
      section: '2.7',
      // the next packages are added to the list by hand, and the text goes on with 5.3
      first: ['copycds /iso/RHEL5.3-Server-x86_64-DVD.iso'],
      written: { '/install/custom/netboot/rh/compute.pkglist': 'base\nkernel\n' },
      printed: ['mkdir /install/post/otherpkgs/rhels5.3/x86_64'],
      adapted: {
        why: 'without -p it needs the directories above, which the text does not make',
        words: { mkdir: 'mkdir -p' },
      },
      how: 'program',
      outcome: { files: { '/install/post/otherpkgs/rhels5.3/x86_64': isDirectory } },
    },
    {
      section: '2.7',
      printed: ['# put RPMs in there'],
      how: 'effect',
      why: 'a comment that says what to do',
      first: ['cp /media/own/own-1.noarch.rpm /install/post/otherpkgs/rhels5.3/x86_64'],
      outcome: { files: { '/install/post/otherpkgs/rhels5.3/x86_64/own-1.noarch.rpm': '' } },
    },
    { section: '2.7', printed: ['cd /install/custom/netboot/rh'], how: 'cd' },
    {
      section: '2.7',
      printed: ['vi compute.otherpkgs.pkglist'],
      how: 'effect',
      why: 'an editor: what is typed there is written',
      written: { '/install/custom/netboot/rh/compute.otherpkgs.pkglist': 'own\ndep\n' },
    },
    { section: '2.7', printed: ['cd /install/custom/netboot/rh'], how: 'cd' },
    {
      section: '2.7',
      printed: ['vi compute.rh.repolist'],
      how: 'effect',
      why: 'an editor: the three entries are typed as they are printed, with rhels5.3 for the misprint rhel5.3; of the remote ones the places are directories',
      written: {
        '/install/custom/netboot/rh/compute.rh.repolist': `plaindir|file:///install/post/otherpkgs/rhels5.3/x86_64|

otherpkgs

    rpm-md|file:///media/dep|
xcat-dep
    rpm-md|file:///media/packages|core-snap
`,
      },
    },
    { section: '2.8.2', printed: ['cd /opt/xcat/share/xcat/netboot/rh'], how: 'cd' },
    {
      section: '2.8.2',
      // 2.8.1: a postinstall file
      written: {
        '/install/custom/netboot/rh/compute.postinstall': '#!/bin/sh\necho "$@" >$1/etc/built\n',
      },
      printed: [
        './genimage -o rhels5.3 -p compute -i eth0',
        '-n mlx4_core,mlx4_en,igb,bnx2',
        '-m statelite',
      ],
      how: 'verb',
      outcome: {
        prints: ['mlx4_core', `next: liteimg ${image}`],
        files: {
          [root]: isDirectory,
          [`${root}/usr/share/own`]: 'own',
          [`${root}/usr/share/dep`]: 'dep',
          [`${root}/etc/built`]: ' rhels5.3 x86_64 compute',
          [`${root}/etc/fstab`]: 'compute_x86_64',
          '/install/netboot/rhels5.3/x86_64/compute/kernel': 'old',
          '/install/netboot/rhels5.3/x86_64/compute/initrd-statelite.gz': '',
          [`/tftpboot/xcat/osimage/${image}/kernel`]: 'old',
        },
        rows: {
          osimage: { imagename: image, osvers: 'rhels5.3', provmethod: 'statelite' },
          linuximage: {
            imagename: image,
            netdrivers: 'mlx4_core,mlx4_en,igb,bnx2',
            nodebootif: 'eth0',
          },
        },
      },
    },
    {
      section: '2.8.2',
      printed: [
        './genimage -o rhels5.3 -p compute -i eth0 -n',
        'mlx4_core,mlx4_en,igb,bnx2 -m statelite --permission 777',
      ],
      how: 'verb',
      outcome: { rows: { linuximage: { imagename: image, permission: '777' } } },
    },
    {
      section: '2.10',
      printed: ['cd /install/netboot/rhels5.3/x86_64/compute/rootimg'],
      how: 'cd',
    },
    {
      section: '2.10',
      printed: ['cd /opt/xcat/share/xcat/netboot/add-on/statelite  '],
      how: 'cd',
    },
    {
      section: '2.10',
      printed: ['./add_passwd /install/netboot/rhel5.3/x86_64/compute/rootimg  '],
      adapted: { why: misprint, words: { 'rhel5.3': 'rhels5.3' } },
      how: 'verb',
      outcome: { files: { [`${root}/etc/shadow`]: 'root:$6$' } },
    },
    {
      section: '2.10',
      written: { '/install/postscripts/_ssh/authorized_keys': 'ssh-ed25519 AAAAC3Nza admin@mn\n' },
      printed: ['./add_ssh /install/netboot/rhel5.3/x86_64/compute/rootimg'],
      adapted: { why: misprint, words: { 'rhel5.3': 'rhels5.3' } },
      how: 'verb',
      outcome: {
        files: {
          [`${root}/root/.ssh/authorized_keys`]: 'ssh-ed25519',
          [`${root}/root/.ssh/id_rsa`]: isAbsent,
          [`${root}/etc/ssh/sshd_config`]: 'X11Forwarding yes',
        },
      },
    },
    {
      section: '2.11',
      first: ['cd /media/kernel'],
      printed: ['cp vmlinux-2.6.32.10-0.5-ppc64 /boot'],
      how: 'program',
      outcome: { files: { '/boot/vmlinux-2.6.32.10-0.5-ppc64': 'new' } },
    },
    {
      section: '2.11',
      first: ['cp -r /media/kernel/2.6.32.10-0.5-ppc64 /lib/modules', 'cd /lib/modules'],
      printed: ['xcatlinuxmn:/lib/modules # ls -al  '],
      adapted: { why: 'the prompt of the shell', words: { 'xcatlinuxmn:/lib/modules # ': '' } },
      how: 'program',
      outcome: { prints: [' 2.6.32.10-0.5-ppc64'] },
    },
    { section: '2.11', printed: ['cd /opt/xcat/share/xcat/netboot/sles'], how: 'cd' },
    {
      section: '2.11',
      first: [
        'mkdir -p /install/sles11.1/x86_64 /install/custom/netboot/sles',
        'cp -r /media/packages /install/sles11.1/x86_64/1',
        'cp compute.pkglist /install/custom/netboot/sles',
      ],
      printed: [
        './genimage -i eth0 -n ehea -o sles11.1 -p compute -m statelite -k 2.6.32.10-0.5-ppc64',
      ],
      how: 'verb',
      ownKernels: true,
      outcome: {
        files: {
          '/install/netboot/sles11.1/x86_64/compute/kernel': 'new',
          '/install/netboot/sles11.1/x86_64/compute/rootimg/usr/lib/modules/2.6.32.10-0.5-ppc64/modules.dep':
            'ehea.ko',
        },
        rows: { linuximage: { kernelver: '2.6.32.10-0.5-ppc64', netdrivers: 'ehea' } },
      },
    },
    {
      section: '2.12',
      printed: ['liteimg rhels5.3-x86_64-compute'],
      how: 'verb',
      outcome: { files: { [`${root}/.statelite/litefile.save`]: '/etc/ntp.conf' } },
    },
    {
      section: '2.12',
      printed: ['liteimg -o rhels5.3 -a x86_64 -p compute'],
      how: 'verb',
      outcome: { files: { [`${root}/.statelite/litefile.save`]: '/etc/ntp.conf' } },
    },
    {
      section: '2.12',
      printed: ['mkdir -p $imageroot/.default/etc'],
      how: 'effect',
      why: arrows,
      outcome: { files: { [`${root}/.default/etc`]: isDirectory } },
    },
    {
      section: '2.12',
      printed: ['mkdir -p $imageroot/.statelite/tmpfs/etc'],
      how: 'effect',
      why: arrows,
      outcome: { files: { [`${root}/.statelite/tmpfs/etc`]: isDirectory } },
    },
    {
      section: '2.12',
      printed: ['mv $imgroot/etc/ntp.conf $imgroot/.default/etc'],
      how: 'effect',
      why: arrows,
      outcome: { files: { [`${root}/.default/etc/ntp.conf`]: 'server 127.127.1.0' } },
    },
    {
      section: '2.12',
      printed: ['cd $imgroot/.statelite/tmpfs/etc', 'ln -sf ../../../../default/etc/ntp.conf .'],
      how: 'effect',
      why: `${arrows}; the text below the lines says ../../../.default`,
      outcome: {
        files: {
          [`${root}/.statelite/tmpfs/etc/ntp.conf`]: { link: '../../../.default/etc/ntp.conf' },
        },
      },
    },
    {
      section: '2.12',
      printed: ['cd $imgroot/etc', 'ln -sf ../.statelite/tmpfs/etc/ntp.conf .'],
      how: 'effect',
      why: arrows,
      outcome: {
        files: { [`${root}/etc/ntp.conf`]: { link: '../.statelite/tmpfs/etc/ntp.conf' } },
      },
    },
    {
      section: '2.13',
      printed: ['nodeset <noderange> statelite=rhels5.3-x86_64-statelite-compute'],
      adapted: { why: 'a noderange of this cluster', words: { '<noderange>': 'compute' } },
      how: 'verb',
      outcome: {
        prints: ['cn01: statelite rhels5.3-x86_64-compute'],
        files: { '/tftpboot/xcat/xnba/nodes/cn01': '' },
        rows: { nodetype: { node: 'cn01', provmethod: image } },
      },
    },
    {
      section: '2.13',
      first: ['nodeset compute offline'],
      printed: ['nodeset <noderange> statelite'],
      adapted: { why: 'a noderange of this cluster', words: { '<noderange>': 'compute' } },
      how: 'verb',
      outcome: {
        prints: ['cn01: statelite rhels5.3-x86_64-compute'],
        files: { '/tftpboot/xcat/xnba/nodes/cn01': 'NFSROOT=' },
      },
    },
  ],
};
