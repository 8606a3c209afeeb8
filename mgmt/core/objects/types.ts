import { StateliteError } from '../../../agent/errors.ts';
import { type TableName, tables } from '../../db/tables.ts';
import { suggest } from '../nearest.ts';
import { type Attribute, attributeAt, nodeAttributes, sorted } from './node-attributes.ts';

/** A kind of thing that lsdef and its siblings know. */
export interface ObjectType {
  readonly name: TypeName;
  readonly doc: string;
  /** The table that has a row for each. */
  readonly table: TableName;
  /** Sorted; the site's are whatever keys it has. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Every table that holds something of them. */
  readonly tables: readonly TableName[];
  /** Whether an object is its row, so that one out of use is shown too. */
  readonly isRow: boolean;
}

export type TypeName = keyof typeof docs;

/** The only object of type site. */
export const siteName = 'clustersite';

const docs = {
  node: 'Nodes.',
  group: 'Groups of nodes; what is set for a group, its nodes inherit.',
  osimage: 'Images.',
  policy: 'Who may do what; named by priority.',
  network: 'Networks.',
  site: `Settings of the whole cluster; the one object is ${siteName}.`,
  litefile: 'Paths of images; named IMAGE:FILE, e.g. ALL:/etc/motd.',
  litetree: 'Trees of files; named PRIORITY or PRIORITY:IMAGE.',
  statelite: 'Where persistent files are kept; named by node or group.',
} as const;

/** The types, in the order in which they are listed. */
export const objectTypes: Readonly<Record<TypeName, ObjectType>> = {
  node: objectType('node', 'nodelist', nodeAttributes),
  group: objectType('group', 'nodegroup', groupAttributes()),
  osimage: objectType(
    'osimage',
    'osimage',
    sorted([...columnsOf('linuximage'), ...columnsOf('osimage')]), // usercomment: osimage's
  ),
  policy: objectType('policy', 'policy', sorted(columnsOf('policy'))),
  network: objectType('network', 'networks', sorted(columnsOf('networks', ['netname']))),
  site: objectType('site', 'site', new Map()),
  litefile: rowType('litefile'),
  litetree: rowType('litetree'),
  statelite: rowType('statelite'),
};

/** Throws ERR_STATELITE_USAGE naming the types. */
export function typeNamed(name: string): ObjectType {
  if (isTypeName(name)) return objectTypes[name];
  const names = Object.keys(objectTypes);
  throw new StateliteError('ERR_STATELITE_USAGE', `Type '${name}' is not a valid type.`, {
    hint: suggest(name, names, `the types are ${names.join(', ')}`),
  });
}

/** Where an attribute is stored. Throws ERR_STATELITE_NOT_FOUND in xCAT's words. */
export function attributeNamed({ name: type, attributes }: ObjectType, name: string): Attribute {
  if (type === 'site') return attributeAt('site', 'value');
  const found = attributes.get(name);
  if (found !== undefined) return found;
  throw new StateliteError(
    'ERR_STATELITE_NOT_FOUND',
    `'${name}' is not a valid attribute name for an object type of '${type}'.`,
    {
      hint: suggest(name, attributes.keys(), `lsdef -t ${type} --describe lists them`),
    },
  );
}

function objectType(
  name: TypeName,
  table: TableName,
  attributes: ObjectType['attributes'],
): ObjectType {
  const used = new Set([table, ...[...attributes.values()].map((attribute) => attribute.table)]);
  return { name, doc: docs[name], table, attributes, tables: [...used], isRow: false };
}

function rowType(name: 'litefile' | 'litetree' | 'statelite'): ObjectType {
  const attributes = sorted([...columnsOf(name), ['disable', attributeAt(name, 'disable')]]);
  return { ...objectType(name, name, attributes), isRow: true };
}

/** Columns as attributes, but for the key; the comments are called usercomment. */
function columnsOf(
  table: TableName,
  except: readonly string[] = tables[table].key,
): [string, Attribute][] {
  return Object.keys(tables[table].columns)
    .filter((column) => column !== 'disable' && !except.includes(column))
    .map((column) => [column === 'comments' ? 'usercomment' : column, attributeAt(table, column)]);
}

/** A group has what its nodes inherit; nodelist is not inherited. */
function groupAttributes(): Map<string, Attribute> {
  const inherited = [...nodeAttributes].filter(([, { table }]) => table !== 'nodelist');
  return sorted([...inherited, ...columnsOf('nodegroup')]);
}

function isTypeName(name: string): name is TypeName {
  return Object.hasOwn(objectTypes, name);
}
