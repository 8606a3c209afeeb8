import { comments, disable, nodeKey } from './common-columns.ts';
import type { Table } from './table.ts';

export const nodelist = {
  name: 'nodelist',
  doc: 'The nodes and their groups.',
  key: ['node'],
  columns: {
    node: { required: true, doc: 'The name of the node.' },
    groups: { doc: 'Comma-separated groups; earlier ones are inherited from first.' },
    status: { doc: 'What the node last reported: netbooting, postbooting, booted, failed, ...' },
    statustime: { doc: 'When it reported that.' },
    appstatus: { doc: 'Comma-separated application=status reports.' },
    appstatustime: { doc: 'When the last of these came.' },
    primarysn: { doc: 'The service node that serves it at present.', refers: 'nodelist.node' },
    hidden: { doc: '"1" keeps the node out of listings.' },
    updatestatus: { doc: 'How its last software update went.' },
    updatestatustime: { doc: 'When that was.' },
    zonename: { doc: 'The zone whose ssh keys it uses.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const nodegroup = {
  name: 'nodegroup',
  doc: 'Groups that are more than a word in nodelist.groups.',
  key: ['groupname'],
  columns: {
    groupname: { required: true, doc: 'The name of the group.' },
    grouptype: { doc: 'static (members are named in nodelist.groups) or dynamic.' },
    members: { doc: 'Kept for exchange with xCAT; nodelist.groups says who is a member.' },
    membergroups: { doc: 'Kept for exchange with xCAT.' },
    wherevals: { doc: 'The conditions that select the members of a dynamic group.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const nodetype = {
  name: 'nodetype',
  doc: 'What a node runs.',
  key: ['node'],
  columns: {
    node: nodeKey,
    os: { doc: 'The operating system, e.g. debian12.' },
    arch: { doc: 'x86_64, aarch64 or ppc64le.' },
    profile: { doc: 'The purpose of the node, e.g. compute.' },
    provmethod: {
      doc: 'The osimage of the node; blank, statelite, netboot or install: <os>-<arch>-statelite-<profile>.',
      refers: 'osimage.imagename',
    },
    supportedarchs: { doc: 'Comma-separated architectures the hardware can run.' },
    nodetype: { doc: 'Kinds of hardware, e.g. osi.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const noderes = {
  name: 'noderes',
  doc: 'What serves a node.',
  key: ['node'],
  columns: {
    node: nodeKey,
    servicenode: { doc: 'Service nodes as the management node names them, best first.' },
    netboot: {
      doc: 'The boot loader: xnba (iPXE, the default), pxe (pxelinux), grub2, grub2-tftp (the same), grub2-http, yaboot or petitboot.',
    },
    tftpserver: { doc: 'The TFTP server; default xcatmaster.' },
    tftpdir: { doc: 'Its directory; default site.tftpdir.' },
    nfsserver: { doc: 'The NFS server of the image; default tftpserver, then xcatmaster.' },
    monserver: { doc: 'Where monitoring data goes.' },
    nfsdir: { doc: 'The directory of images on nfsserver; default site.installdir.' },
    installnic: { doc: 'The NIC to boot with: its name, its MAC, or mac.' },
    primarynic: { doc: 'The NIC to use once booted; installnic defaults to it.' },
    discoverynics: { doc: 'NICs tried in discovery.' },
    cmdinterface: { doc: 'Not used.' },
    xcatmaster: {
      doc: 'The management or service node as the node names it; default site.master.',
    },
    current_osimage: { doc: 'Not used.' },
    next_osimage: { doc: 'Not used.' },
    nimserver: { doc: 'Not used.' },
    routenames: { doc: 'Comma-separated rows of the routes table.', refers: 'routes.routename' },
    nameservers: { doc: "Name servers of the node; default the network's." },
    proxydhcp: { doc: 'Whether proxy DHCP may answer the node.' },
    syslog: { doc: '"ignore" leaves syslog alone.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const nodehm = {
  name: 'nodehm',
  doc: 'How the hardware of a node is managed.',
  key: ['node'],
  columns: {
    node: nodeKey,
    power: { doc: 'How power is switched; default mgt.' },
    mgt: { doc: 'How the hardware is managed: ipmi, redfish, kvm, ...' },
    cons: { doc: 'How the console is reached; default mgt.' },
    termserver: { doc: 'The terminal server.' },
    termport: { doc: 'Its port.' },
    conserver: { doc: 'The host that keeps the console open.' },
    serialport: {
      doc: 'The serial console: 0 for the first port (ttyS0, on aarch64 ttyAMA0, on ppc64le hvc0), or the name of its device, e.g. ttyS1.',
    },
    serialspeed: { doc: 'Its speed, e.g. 115200.' },
    serialflow: { doc: 'hard or none.' },
    getmac: { doc: 'How the MAC address is found; default mgt.' },
    cmdmapping: { doc: 'Not used.' },
    consoleondemand: { doc: 'Whether the console is opened only when looked at.' },
    consoleenabled: { doc: 'Set while the console is kept open.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const bootparams = {
  name: 'bootparams',
  doc: 'What a node boots.',
  key: ['node'],
  columns: {
    node: nodeKey,
    kernel: { doc: 'Kept for xCAT; not used.' },
    initrd: { doc: 'Kept for xCAT; not used.' },
    kcmdline: { doc: 'Kept for xCAT; not used.' },
    addkcmdline: {
      doc: 'Words added to the kernel command line, separated by blanks; double quotes hold blanks, as in the kernel.',
    },
    dhcpstatements: { doc: 'Not used.' },
    adddhcpstatements: { doc: 'Not used.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const mac = {
  name: 'mac',
  doc: 'The NICs of a node.',
  key: ['node'],
  columns: {
    node: nodeKey,
    interface: { doc: 'The NIC the address belongs to.' },
    mac: {
      doc: 'mac[!host]|mac[!host]...: the one without a host is booted with; *NOIP* has no address.',
    },
    comments,
    disable,
  },
} as const satisfies Table;

export const hosts = {
  name: 'hosts',
  doc: 'The addresses of a node.',
  key: ['node'],
  columns: {
    node: nodeKey,
    ip: { doc: 'The address of the node.' },
    hostnames: { doc: 'Further names for it.' },
    otherinterfaces: { doc: 'Comma-separated name:address of further NICs.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const nodepos = {
  name: 'nodepos',
  doc: 'Where a node stands.',
  key: ['node'],
  columns: {
    node: nodeKey,
    rack: { doc: 'The rack.' },
    u: { doc: 'The height unit in the rack, counted from below.' },
    chassis: { doc: 'The chassis, for a blade.' },
    slot: { doc: 'The slot in the chassis.' },
    room: { doc: 'The room.' },
    height: { doc: 'How many height units it takes.' },
    comments,
    disable,
  },
} as const satisfies Table;
