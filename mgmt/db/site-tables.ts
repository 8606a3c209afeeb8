import { comments, disable } from './common-columns.ts';
import type { Table } from './table.ts';

export const networks = {
  name: 'networks',
  doc: 'The networks of the cluster.',
  key: ['net', 'mask'],
  columns: {
    netname: { doc: 'A name for it.' },
    net: { required: true, doc: 'The address of the network.' },
    mask: { required: true, doc: 'Its mask.' },
    mgtifname: { doc: 'The NIC of the management node in it.' },
    gateway: { doc: 'Its gateway; <xcatmaster> for the management node.' },
    dhcpserver: { doc: 'Its DHCP server.' },
    tftpserver: { doc: 'Its TFTP server.' },
    nameservers: { doc: 'Comma-separated name servers.' },
    ntpservers: { doc: 'Comma-separated NTP servers.' },
    logservers: { doc: 'Comma-separated log servers.' },
    dynamicrange: { doc: 'Addresses for unknown machines, first-last.' },
    staticrange: { doc: 'Addresses for nodes, first-last.' },
    staticrangeincrement: { doc: 'Distance between two of them.' },
    nodehostname: { doc: 'How host names are made from node names.' },
    ddnsdomain: { doc: 'The domain of names given by DHCP.' },
    vlanid: { doc: 'Its VLAN.' },
    domain: { doc: 'Its DNS domain.' },
    mtu: { doc: 'Its MTU.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const site = {
  name: 'site',
  doc: 'Settings of the whole cluster.',
  key: ['key'],
  columns: {
    key: {
      required: true,
      doc: 'A setting of the whole cluster: master, installdir, tftpdir, ...',
    },
    value: { doc: 'Its value.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const policy = {
  name: 'policy',
  doc: 'Who may do what.',
  key: ['priority'],
  columns: {
    priority: { required: true, doc: 'A number; the first row that matches a request decides.' },
    name: { doc: "The name in the client's certificate; * any, blank also none." },
    host: { doc: 'The host that asks.' },
    commands: { doc: 'Commands, separated by commas or blanks; blank is all.' },
    noderange: { doc: 'The nodes the request may be about.' },
    parameters: { doc: 'A regular expression for the arguments.' },
    time: { doc: 'Not used.' },
    rule: { doc: 'allow, accept, trusted or deny.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const passwd = {
  name: 'passwd',
  doc: 'Accounts and their passwords.',
  key: ['key', 'username'],
  columns: {
    key: { required: true, doc: 'What the account is for: system, ipmi, omapi, ...' },
    username: { required: true, blank: true, doc: 'The account.' },
    password: { doc: 'Its password, plain or as crypt(3) prints it.' },
    cryptmethod: { doc: 'How a plain one is encrypted on nodes: sha512, ...' },
    authdomain: { doc: 'Its authentication domain.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const routes = {
  name: 'routes',
  doc: 'Routes that noderes.routenames gives to nodes.',
  key: ['routename'],
  columns: {
    routename: { required: true, doc: 'A name for it.' },
    net: { doc: 'The address of the network it leads to.' },
    mask: { doc: 'Its mask.' },
    gateway: { doc: 'The gateway to it.' },
    ifname: { doc: 'The NIC that the gateway is reached by; IPv6 needs it.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const token = {
  name: 'token',
  doc: 'Logins that were given a token in place of a password.',
  key: ['tokenid'],
  columns: {
    tokenid: { required: true, doc: 'The token, a UUID.' },
    username: { doc: 'The account.' },
    expire: { doc: 'When it ends, in seconds since 1970.' },
    created: { doc: 'When it was given, likewise.' },
    access: { doc: 'When it was last used, likewise.' },
    comments,
    disable,
  },
} as const satisfies Table;
