import { count, items, members, type Part, text, tree, unfit, word } from './decode.ts';
import type { GivenTree } from './entry.ts';
import { type NodeWrite, nodeWrite } from './node-write.ts';

export interface FileRow {
  readonly image: string;
  readonly file: string;
  readonly options: string;
  /** As in the table; the records have no such column. */
  readonly disable?: string;
}

export interface TreeRow {
  readonly priority: string;
  readonly image: string;
  readonly directory: string;
  readonly mntopts: string;
}

/** What a case is about. */
export interface CaseInput {
  readonly node: string;
  readonly imagename: string;
  readonly imagegroups: string;
  readonly litefile: readonly FileRow[];
  readonly litetree: readonly TreeRow[];
  /** The name of an image tree that lies below `image`; '' without one. */
  readonly imageBase: string;
  readonly image: GivenTree;
  readonly trees: Readonly<Record<string, GivenTree>>;
  /** null: the node has no such store. */
  readonly persistent: GivenTree | null;
  readonly localdisk: GivenTree | null;
  /** The tables of the runs of liteimg. */
  readonly liteimg: readonly (readonly FileRow[])[];
  /** Changes to the image, by the number of the run. */
  readonly beforeLiteimg: Readonly<Record<string, GivenTree>>;
  /** Changes by the number of the boot and the name of a tree or store; null: it is gone. */
  readonly beforeBoot: Readonly<Record<string, Readonly<Record<string, GivenTree | null>>>>;
  readonly boots: number;
  readonly nodeWrites: Readonly<Record<string, readonly NodeWrite[]>>;
  readonly root: 'ro' | 'rw';
  /** Files of the initramfs. */
  readonly initramfs: GivenTree;
  /** Raw answers of a stock management node, in place of ours. */
  readonly wire: { readonly litefile: string | null; readonly litetree: string | null };
  readonly alsoLookAt: readonly string[];
}

export interface Case {
  readonly id: string;
  readonly input: CaseInput;
  /** What stock did; null if the case has no record. */
  readonly observed: Part | null;
  /** Keys of the input that mean nothing here. */
  readonly unknown: readonly string[];
}

/** Reads a case, `name` if it has no id. Throws ERR_STATELITE_USAGE naming the place and what is wrong there. */
export function decodeCase(value: unknown, name: string): Case {
  const whole = members({ value, where: 'the case' });
  const input = need(whole, 'input', 'the case');
  const own = whole.get('id');
  const id = own === undefined ? name : text(own);
  const record = whole.get('observed') ?? { value: null, where: '' };
  const observed = record.value === null || members(record).size === 0 ? null : record;
  const unknown = [...members(input).keys()].filter((key) => !known.has(key));
  return { id, input: decodeInput(input), observed, unknown };
}

const known = new Set(
  [
    'node imagename imagegroups litefile litetree image_base image trees persistent localdisk',
    'liteimg before_liteimg before_boot boots node_writes root initramfs wire_override timeout',
    'also_look_at',
  ].flatMap((words) => words.split(' ')),
);

function decodeInput(part: Part): CaseInput {
  const keys = members(part);
  const or = <T>(key: string, read: (part: Part) => T, otherwise: T): T => {
    const found = keys.get(key);
    return found === undefined || found.value === null ? otherwise : read(found);
  };
  const litefile = or('litefile', fileRows, []);
  return {
    node: or('node', text, 'n1'),
    imagename: or('imagename', text, 'img'),
    imagegroups: or('imagegroups', text, ''),
    litefile,
    litetree: or('litetree', (rows) => items(rows).map(treeRow), []),
    imageBase: or('image_base', text, ''),
    image: or('image', tree, {}),
    trees: or('trees', (trees) => each(trees, tree), {}),
    persistent: or<GivenTree | null>('persistent', tree, null),
    localdisk: or<GivenTree | null>('localdisk', tree, null),
    liteimg: or('liteimg', (runs) => items(runs).map((run) => table(run, litefile)), [litefile]),
    beforeLiteimg: or('before_liteimg', (runs) => each(runs, imageChanges), {}),
    beforeBoot: or('before_boot', (boots) => each(boots, changes), {}),
    boots: or('boots', count, 1),
    nodeWrites: or('node_writes', (boots) => each(boots, (one) => items(one).map(nodeWrite)), {}),
    root: or('root', (root) => word(root, ['ro', 'rw']), 'ro'),
    initramfs: or('initramfs', tree, {}),
    wire: or('wire_override', answers, { litefile: null, litetree: null }),
    alsoLookAt: or('also_look_at', (paths) => items(paths).map(text), []),
  };
}

/** A run of liteimg: "same" is the table of the boot. */
function table(run: Part, same: readonly FileRow[]): readonly FileRow[] {
  return run.value === 'same' ? same : fileRows(run);
}

function fileRows(part: Part): FileRow[] {
  return items(part).map((row) => {
    const columns = members(row);
    return {
      image: column(columns, 'image'),
      file: text(need(columns, 'file', row.where)),
      options: column(columns, 'options'),
      ...(columns.has('disable') ? { disable: column(columns, 'disable') } : {}),
    };
  });
}

function treeRow(row: Part): TreeRow {
  const columns = members(row);
  return {
    priority: column(columns, 'priority'),
    image: column(columns, 'image'),
    directory: text(need(columns, 'directory', row.where)),
    mntopts: column(columns, 'mntopts'),
  };
}

function column(columns: ReadonlyMap<string, Part>, name: string): string {
  const found = columns.get(name);
  return found === undefined ? '' : text(found);
}

/** Entries, or `image` with entries. */
function imageChanges(part: Part): GivenTree {
  return tree(members(part).get('image') ?? part);
}

/** Trees and stores by name; the trees may be in a `trees` of their own. */
function changes(part: Part): Record<string, GivenTree | null> {
  const named = [...members(part)].flatMap(([name, member]) =>
    name === 'trees' ? [...members(member)] : [[name, member] as const],
  );
  return Object.fromEntries(
    named.map(([name, member]) => [name, member.value === null ? null : tree(member)]),
  );
}

function answers(part: Part): CaseInput['wire'] {
  const lists = members(part);
  const raw = (list: string): string | null => {
    const found = lists.get(list);
    return found === undefined || found.value === null ? null : text(found);
  };
  return { litefile: raw('litefile'), litetree: raw('litetree') };
}

function each<T>(part: Part, read: (part: Part) => T): Record<string, T> {
  return Object.fromEntries([...members(part)].map(([key, member]) => [key, read(member)]));
}

function need(fields: ReadonlyMap<string, Part>, key: string, where: string): Part {
  const found = fields.get(key);
  if (found === undefined) throw unfit(where, `has no ${key}`);
  return found;
}
