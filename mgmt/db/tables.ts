import { linuximage, osimage } from './image-tables.ts';
import {
  bootparams,
  hosts,
  mac,
  nodegroup,
  nodehm,
  nodelist,
  noderes,
  nodetype,
} from './node-tables.ts';
import { networks, passwd, policy, site } from './site-tables.ts';
import { litefile, litetree, statelite } from './statelite-tables.ts';
import type { Row, Table } from './table.ts';

/**
 * Every table by its name. Names and order of the columns are xCAT's, so that its tabdump output
 * can be restored here and ours there.
 */
export const tables = {
  bootparams,
  hosts,
  linuximage,
  litefile,
  litetree,
  mac,
  networks,
  nodegroup,
  nodehm,
  nodelist,
  noderes,
  nodetype,
  osimage,
  passwd,
  policy,
  site,
  statelite,
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** Rows of every table, as read at one moment. */
export type TableRows = { readonly [N in TableName]: readonly Row<(typeof tables)[N]>[] };
