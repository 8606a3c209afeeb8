import { StateliteError } from '../../agent/errors.ts';
import type { TableRows } from '../db/tables.ts';

/** What a key is worth without a row. */
const defaults = {
  installdir: '/install',
  tftpdir: '/tftpboot',
  xcatdport: '3001',
  xcatiport: '3002',
  httpport: '80',
} as const;

/** The settings of the cluster: site rows over defaults. */
export interface Site {
  readonly get: (key: string) => string | undefined;
  readonly installdir: string;
  readonly tftpdir: string;
  /** Throws ERR_STATELITE_TABLE if the value is no port. */
  readonly port: (key: 'xcatdport' | 'xcatiport' | 'httpport') => number;
}

/** `overrides` are this machine's own settings; undefined leaves the cluster's. */
export function siteOf(
  rows: TableRows['site'],
  overrides: { readonly installdir?: string | undefined; readonly tftpdir?: string | undefined },
): Site {
  const values = new Map<string, string>(Object.entries(defaults));
  for (const { key, value } of rows) if (value !== null) values.set(key, value);
  for (const [key, value] of Object.entries(overrides)) {
    if (value !== undefined) values.set(key, value);
  }
  return {
    get: (key) => values.get(key),
    installdir: values.get('installdir') ?? defaults.installdir,
    tftpdir: values.get('tftpdir') ?? defaults.tftpdir,
    port: (key) => parsePort(key, values.get(key) ?? defaults[key], defaults[key]),
  };
}

function parsePort(key: string, value: string, usual: string): number {
  const port = Number(value);
  if (/^\d+$/u.test(value) && port > 0 && port < 65_536) return port;
  throw new StateliteError('ERR_STATELITE_TABLE', `site row key=${key}: ${value} is not a port`, {
    hint: `write a number below 65536: chtab key=${key} site.value=${usual}`,
  });
}
