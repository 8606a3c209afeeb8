import type { Reason } from './finding.ts';

type Text = Readonly<Record<string, string | null>>;

/** What stock xCAT makes of a row that is refused here, as far as the row itself tells. */
export function stockOfRefused(table: string, row: Text): Reason[] {
  return rules.flatMap(({ column, pattern, ...reason }) =>
    column.startsWith(`${table}.`) && pattern.test(row[column.slice(table.length + 1)] ?? '')
      ? [reason]
      : [],
  );
}

const runsCommands = {
  quirk: 'mgmt QUIRK-27',
  says: 'xCAT runs the command of #CMD= as root, for every node that asks',
};

const rules: readonly (Reason & { readonly column: string; readonly pattern: RegExp })[] = [
  { column: 'litetree.directory', pattern: /#CMD=/u, ...runsCommands },
  { column: 'statelite.statemnt', pattern: /#CMD=/u, ...runsCommands },
  {
    column: 'statelite.statemnt',
    pattern: /^\/[^/]+\/[^/]*\/$/u,
    quirk: 'mgmt QUIRK-14',
    says: 'xCAT takes a value like /a/b/ for a substitution on the name of the node',
  },
  {
    column: 'statelite.statemnt',
    pattern: /^\/(?![^/]+\/[^/]*\/$)/u,
    quirk: 'node QUIRK-25',
    says: 'xCAT passes it on, but no node can mount a directory without a server',
  },
  {
    column: 'litefile.file',
    pattern: /[:&<]/u,
    quirk: 'mgmt QUIRK-21',
    says: "xCAT's node script cuts such a path",
  },
];
