import { chain, deps, postscripts, prescripts, servicenode } from './deploy-tables.ts';
import { hardware, ipmi } from './hardware-tables.ts';
import { boottarget, linuximage, osdistro, osdistroupdate, osimage } from './image-tables.ts';
import {
  bootparams,
  hosts,
  mac,
  nodegroup,
  nodehm,
  nodelist,
  nodepos,
  noderes,
  nodetype,
} from './node-tables.ts';
import { networks, passwd, policy, routes, site, token } from './site-tables.ts';
import { litefile, litetree, statelite } from './statelite-tables.ts';
import type { Row, Table } from './table.ts';

/**
 * Every table by its name. Names and order of the columns are xCAT's, so that its tabdump output
 * can be restored here and ours there.
 */
export const tables = {
  bootparams,
  boottarget,
  chain,
  deps,
  hardware,
  hosts,
  ipmi,
  linuximage,
  litefile,
  litetree,
  mac,
  networks,
  nodegroup,
  nodehm,
  nodelist,
  nodepos,
  noderes,
  nodetype,
  osdistro,
  osdistroupdate,
  osimage,
  passwd,
  policy,
  postscripts,
  prescripts,
  routes,
  servicenode,
  site,
  statelite,
  token,
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** Rows of every table, as read at one moment. */
export type TableRows = { readonly [N in TableName]: readonly Row<(typeof tables)[N]>[] };
