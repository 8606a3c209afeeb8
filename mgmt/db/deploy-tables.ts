import { comments, disable, nodeKey } from './common-columns.ts';
import type { Table } from './table.ts';

export const chain = {
  name: 'chain',
  doc: 'What is done with a node step by step, from its discovery on.',
  key: ['node'],
  columns: {
    node: nodeKey,
    currstate: { doc: 'The step that is done next; nodeset writes it.' },
    currchain: { doc: 'The steps left to do after it.' },
    chain: { doc: 'Comma-separated steps for a node that is discovered: boot, shell, ...' },
    ondiscover: { doc: 'Not used.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const postscripts = {
  name: 'postscripts',
  doc: 'Scripts a node runs when it boots: those of the row xcatdefaults, of the osimage, its own.',
  key: ['node'],
  columns: {
    node: {
      required: true,
      doc: 'The node, the group whose nodes inherit the row, or xcatdefaults for all nodes.',
      refers: 'nodelist.node',
    },
    postscripts: { doc: 'Comma-separated scripts run while a node boots.' },
    postbootscripts: { doc: 'Comma-separated scripts run after a node has booted.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const prescripts = {
  name: 'prescripts',
  doc: 'Scripts of <installdir>/prescripts that nodeset runs on the management node.',
  key: ['node'],
  columns: {
    node: nodeKey,
    begin: {
      doc: 'Scripts run first: s1,s2 or action:s1,s2; several of these are separated by |.',
    },
    end: { doc: 'Scripts run last, written in the same way.' },
    comments,
    disable,
  },
} as const satisfies Table;

/** A service that a service node does or does not run. */
const service = (what: string) => ({ doc: `"1" or "yes" lets it ${what}.` }) as const;

export const servicenode = {
  name: 'servicenode',
  doc: 'The service nodes, and what each does for its nodes.',
  key: ['node'],
  columns: {
    node: nodeKey,
    nameserver: {
      doc: '"1" lets it forward DNS queries to the management node, "2" be a secondary DNS server.',
    },
    dhcpserver: service('serve DHCP'),
    tftpserver: service('serve TFTP'),
    nfsserver: service('serve files by HTTP, FTP and NFS'),
    conserver: service('keep consoles open'),
    monserver: service('collect monitoring data'),
    ldapserver: service('be an LDAP proxy'),
    ntpserver: service('serve the time'),
    ftpserver: service('serve FTP'),
    nimserver: { doc: 'Not used.' },
    ipforward: service('forward IP packets'),
    dhcpinterfaces: {
      doc: 'NICs that DHCP is served on: `eth1,eth2`, or by server or group `mn|eth1;service|bond0`; all without.',
    },
    proxydhcp: service('serve proxy DHCP'),
    comments,
    disable,
  },
} as const satisfies Table;

export const deps = {
  name: 'deps',
  doc: 'Which nodes others need to be switched on before them.',
  key: ['node', 'cmd'],
  columns: {
    node: nodeKey,
    nodedep: {
      doc: 'Comma-separated nodes or groups that it depends on.',
      refers: 'nodelist.node',
    },
    msdelay: { doc: 'Milliseconds to wait between them and it.' },
    cmd: {
      required: true,
      blank: true,
      doc: 'Comma-separated operations the row is about: on, off, ...',
    },
    comments,
    disable,
  },
} as const satisfies Table;
