import { type TableName, tables } from '../../db/tables.ts';

/** Where an attribute of an object is stored. */
export interface Attribute {
  readonly table: TableName;
  readonly column: string;
  readonly doc: string;
}

/** Columns that are attributes of the same name; those of other names are in `renamed`. */
const columns = {
  nodelist:
    'groups status statustime appstatus appstatustime primarysn hidden ' +
    'updatestatus updatestatustime zonename',
  nodetype: 'os arch profile provmethod supportedarchs nodetype',
  noderes:
    'servicenode netboot tftpserver tftpdir nfsserver monserver nfsdir installnic primarynic ' +
    'discoverynics cmdinterface xcatmaster current_osimage next_osimage nimserver routenames ' +
    'nameservers syslog',
  nodehm:
    'power mgt cons termserver termport conserver serialport serialspeed serialflow getmac ' +
    'cmdmapping consoleondemand consoleenabled',
  bootparams: 'kernel initrd kcmdline addkcmdline dhcpstatements adddhcpstatements',
  mac: 'mac interface',
  hosts: 'ip hostnames otherinterfaces',
  nodepos: 'rack chassis slot room height',
  chain: 'currstate currchain chain ondiscover',
  postscripts: 'postscripts postbootscripts',
  servicenode: 'dhcpinterfaces',
  ipmi: 'bmc bmcport bmcid',
  hardware: 'qmp serial libvirt',
} as const satisfies Partial<Record<TableName, string>>;

/** Attributes that xCAT calls otherwise than the column. */
const renamed = {
  supportproxydhcp: ['noderes', 'proxydhcp'],
  unit: ['nodepos', 'u'],
  'prescripts-begin': ['prescripts', 'begin'],
  'prescripts-end': ['prescripts', 'end'],
  setupnameserver: ['servicenode', 'nameserver'],
  setupdhcp: ['servicenode', 'dhcpserver'],
  setuptftp: ['servicenode', 'tftpserver'],
  setupnfs: ['servicenode', 'nfsserver'],
  setupconserver: ['servicenode', 'conserver'],
  setupmonserver: ['servicenode', 'monserver'],
  setupldap: ['servicenode', 'ldapserver'],
  setupntp: ['servicenode', 'ntpserver'],
  setupftp: ['servicenode', 'ftpserver'],
  setupnim: ['servicenode', 'nimserver'],
  setupipforward: ['servicenode', 'ipforward'],
  setupproxydhcp: ['servicenode', 'proxydhcp'],
  bmcusername: ['ipmi', 'username'],
  bmcpassword: ['ipmi', 'password'],
  bmcvlantag: ['ipmi', 'taggedvlan'],
  libvirtdomain: ['hardware', 'domain'],
  redfishsystem: ['hardware', 'system'],
  redfishcafile: ['hardware', 'cafile'],
  redfishverify: ['hardware', 'verify'],
  usercomment: ['nodelist', 'comments'],
} as const satisfies Record<string, readonly [TableName, string]>;

/** What is set for a node, under xCAT's names (reference 1.6); sorted. */
export const nodeAttributes: ReadonlyMap<string, Attribute> = sorted([
  ...named(columns).flatMap(([table, names]) =>
    names.split(' ').map((name) => [name, attributeAt(table, name)] as const),
  ),
  ...Object.entries(renamed).map(
    ([name, [table, column]]) => [name, attributeAt(table, column)] as const,
  ),
]);

/** An attribute with the documentation of its column. Throws if there is no such column: a bug. */
export function attributeAt(table: TableName, column: string): Attribute {
  const known: Readonly<Record<string, { readonly doc: string }>> = tables[table].columns;
  const spec = known[column];
  if (spec === undefined) throw new Error(`${table} has no column ${column}`);
  return { table, column, doc: spec.doc };
}

/** Attributes in the order in which they are shown; the last of a name counts. */
export function sorted(entries: Iterable<readonly [string, Attribute]>): Map<string, Attribute> {
  return new Map([...new Map(entries)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The entries of an object whose keys are tables. */
function named<T>(of: Partial<Record<TableName, T>>): [TableName, T][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type says what keys it has
  return Object.entries(of) as [TableName, T][];
}
