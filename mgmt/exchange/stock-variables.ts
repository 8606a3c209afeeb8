import { attributeOf } from '../core/attributes.ts';
import { type Cluster, isNodeTable } from '../core/cluster.ts';
import { tables } from '../db/tables.ts';
import type { Reason } from './finding.ts';

/** What stock xCAT makes of a location with variables, and which of its oddities had a part in it. */
export interface StockText {
  readonly text: string;
  readonly reasons: readonly Reason[];
}

const reasons = {
  joined: { quirk: 'mgmt QUIRK-25', says: 'xCAT joins several variables of one name with a dot' },
  swallowed: {
    quirk: 'mgmt QUIRK-26',
    says: 'xCAT takes text after a variable for a part of it, and knows no ${}',
  },
  command: {
    quirk: 'mgmt QUIRK-27',
    says: 'xCAT runs the command of #CMD= as root, for every node that asks',
  },
  server: {
    quirk: 'mgmt QUIRK-28',
    says: 'xCAT puts a slash before the server, and the mount fails',
  },
  unrun: { quirk: 'mgmt QUIRK-29', says: 'without a variable beside it, xCAT does not run #CMD=' },
  master: { quirk: 'mgmt QUIRK-30', says: 'xCAT inserts the word <xcatmaster> as it is' },
  missing: { quirk: undefined, says: 'xCAT writes UNDEFINED for a value that is missing' },
} as const satisfies Record<string, Reason>;

/** litetree.directory as stock xCAT's litetree answers it for a node, without its mount options. */
export function stockTreeText(written: string, node: string, cluster: Cluster): StockText {
  const seen = new Set<Reason>();
  const { server, directory } = split(written);
  const host = server?.includes('$') ? substituteIn(server, node, cluster, seen) : server;
  const path = substituteIn(directory, node, cluster, seen);
  return finish(host, path, seen);
}

/** statelite.statemnt as stock xCAT's nodeset writes it on the kernel command line of a node. */
export function stockStatemntText(written: string, node: string, cluster: Cluster): StockText {
  if (!written.includes('$')) {
    return { text: written, reasons: written.includes('#CMD=') ? [reasons.unrun] : [] };
  }
  const seen = new Set<Reason>();
  const { server, directory } = split(written);
  const path = substituteIn(directory, node, cluster, seen);
  if (server === undefined || server.includes('$')) {
    const host = server === undefined ? undefined : substituteIn(server, node, cluster, seen);
    return finish(host, path, seen);
  }
  seen.add(reasons.server);
  return finish(`/${server}`, path, seen);
}

/** Stands for what a command prints, which nobody runs to compare. */
export function printedBy(command: string): string {
  return `(what ${command} prints)`;
}

function split(written: string): { server: string | undefined; directory: string } {
  const { server, directory } =
    /^(?<server>[^/]*?):(?<directory>\/.*)$/su.exec(written)?.groups ?? {};
  return { server, directory: directory ?? written };
}

/** One missing table makes the whole empty. */
function finish(
  server: string | undefined,
  directory: string | undefined,
  seen: ReadonlySet<Reason>,
): StockText {
  if (directory === undefined) return { text: '', reasons: [...seen] };
  const path = directory.replaceAll('//', '/');
  return { text: server === undefined ? path : `${server}:${path}`, reasons: [...seen] };
}

function substituteIn(
  text: string,
  node: string,
  cluster: Cluster,
  seen: Set<Reason>,
): string | undefined {
  const parts = text.split('/').map((part) => component(part, node, cluster, seen));
  if (parts.includes(undefined)) return undefined;
  return parts.join('/').replaceAll(/#CMD=(?<command>[^#]*)#/gu, (_, command: string) => {
    seen.add(reasons.command);
    return printedBy(command);
  });
}

/** Text, then references up to a # or a blank, then text. */
function component(
  text: string,
  node: string,
  cluster: Cluster,
  seen: Set<Reason>,
): string | undefined {
  const { prefix, references, suffix } =
    /^(?<prefix>[^$]*)\$(?<references>[^#\s]*)(?<suffix>.*)$/su.exec(text)?.groups ?? {};
  if (references === undefined) return text;
  const names = references.split('$').filter((name) => name !== '');
  if (names.length > 1) seen.add(reasons.joined);
  const values = names.map((name) => valueOf(name, node, cluster, seen));
  if (values.includes(undefined)) return undefined;
  return `${prefix}${values.join('.')}${suffix}`;
}

/** `node` or `table.column`; a third part is dropped. Undefined if there is no such table. */
function valueOf(
  name: string,
  node: string,
  cluster: Cluster,
  seen: Set<Reason>,
): string | undefined {
  const [table = '', column, ...more] = name.split('.');
  if (table === 'node' && column === undefined) return node;
  if (more.length > 0 || !/^\w*$/u.test(table + (column ?? ''))) seen.add(reasons.swallowed);
  const known = Object.values(tables).find((one) => one.name === table);
  if (known === undefined || column === undefined) {
    seen.add(reasons.swallowed);
    return undefined;
  }
  const value =
    table === 'site'
      ? cluster.site.get(column)
      : isNodeTable(known.name)
        ? attributeOf(cluster, node, known.name, column)
        : undefined;
  if (value === '<xcatmaster>') seen.add(reasons.master);
  if (value === undefined) seen.add(reasons.missing);
  return value ?? 'UNDEFINED';
}
