import type { TableRows } from '../db/tables.ts';
import { isEnabled } from './cluster.ts';
import { splitList } from './list.ts';

type Text = Readonly<Record<string, string | null>>;

/** What rows may name. */
export interface Names {
  readonly images: ReadonlySet<string>;
  readonly imageGroups: ReadonlySet<string>;
  /** Nodes and groups of nodes. */
  readonly nodes: ReadonlySet<string>;
}

/** The names that the rows of these tables bring, disabled ones left out. */
export function namesIn(rows: Pick<TableRows, 'osimage' | 'nodelist' | 'nodegroup'>): Names {
  const [osimage, nodelist] = [rows.osimage.filter(isEnabled), rows.nodelist.filter(isEnabled)];
  return {
    images: new Set(osimage.map(({ imagename }) => imagename)),
    imageGroups: new Set(osimage.flatMap(({ groups }) => splitList(groups))),
    nodes: new Set([
      ...nodelist.flatMap(({ node, groups }) => [node, ...splitList(groups)]),
      ...rows.nodegroup.filter(isEnabled).map(({ groupname }) => groupname),
    ]),
  };
}

/**
 * What is odd about a row but no reason to refuse it, in words: names that nothing has, and a
 * `disable` that is neither yes nor no (QUIRK-1). They name table, column and value.
 */
export function warningsOf(table: string, row: Text, names: Names): string[] {
  const disable = row['disable'] ?? '';
  const warnings = /^(?:0|1|yes|no)?$/iu.test(disable)
    ? []
    : [`${table}.disable ${JSON.stringify(disable)} takes the row out of use: write 1 or 0`];
  if (!isEnabled({ disable: disable || null })) return warnings;
  for (const [column, { what, knows }] of Object.entries(references[table] ?? {})) {
    const value = row[column]?.trim() ?? '';
    if (value !== '' && !knows(names, value)) {
      warnings.push(`${table}.${column} ${JSON.stringify(value)}: there is no such ${what}`);
    }
  }
  return warnings;
}

interface Reference {
  readonly what: string;
  readonly knows: (names: Names, value: string) => boolean;
}

const imageOrGroup: Reference = {
  what: 'osimage or osimage group',
  knows: ({ images, imageGroups }, value) =>
    value === 'ALL' || images.has(value) || imageGroups.has(value),
};

const references: Readonly<Record<string, Readonly<Record<string, Reference>>>> = {
  litefile: { image: imageOrGroup },
  litetree: { image: imageOrGroup },
  linuximage: { imagename: { what: 'osimage', knows: ({ images }, value) => images.has(value) } },
  nodetype: {
    provmethod: {
      what: 'osimage',
      // Words that mean the image composed of os, arch and profile; `|...|` is worked out per node.
      knows: ({ images }, value) =>
        /^(?:install|netboot|statelite|\|.*)$/u.test(value) || images.has(value),
    },
  },
  statelite: { node: { what: 'node or group', knows: ({ nodes }, value) => nodes.has(value) } },
};

/** Which tables' rows `warningsOf` needs to know for rows of a table. */
export function namingTables(table: string): readonly ('osimage' | 'nodelist' | 'nodegroup')[] {
  if (references[table] === undefined) return [];
  return table === 'statelite' ? ['nodelist', 'nodegroup'] : ['osimage'];
}
