import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import { parseCsv } from '../../../mgmt/db/csv.ts';
import { litefile } from '../../../mgmt/db/statelite-tables.ts';

/** Files by path, with their text; a path that ends in a slash is a directory. */
export type Files = Readonly<Record<string, string>>;

/** A table, the image it is for, and two trees in search order. */
export interface Workload {
  readonly rows: readonly LitefileRow[];
  readonly image: Files;
  readonly trees: readonly [Files, Files];
}

/** How many rows xCAT's sample table for RedHat has. */
export const sampleRows = 42;

/** The sample table for its own number of rows, a generated one for every other. */
export async function workloadOf(rows: number): Promise<Workload> {
  return rows === sampleRows ? sampleWorkload() : generatedWorkload(rows);
}

const sampleTable = join(import.meta.dirname, '../../../test/fixtures/redhat-litefile.csv');

/** Listed without a slash, but directories in a RedHat image. */
const unmarked = ['/var/arpwatch', '/var/cache/alchemy', '/var/lib/iscsi', '/var/lib/xen/ntp'];

/** An image with every path of the table: a text in each file, two files in each directory. */
async function sampleWorkload(): Promise<Workload> {
  const csv = parseCsv(await readFile(sampleTable, 'utf8'), litefile, sampleTable);
  const rows = csv.map(({ values }) => rowOf(values['file'] ?? '', values['options'] ?? ''));
  const image = rows.flatMap(({ file }) => {
    const isDirectory = file.endsWith('/') || unmarked.includes(file);
    const directory = file.replace(/\/$/u, '');
    return isDirectory
      ? ['first', 'second'].map((name) => [`${directory}/${name}`, `${name} of ${file}\n`])
      : [[file, `the image's ${file}\n`]];
  });
  return {
    rows,
    image: Object.fromEntries(image),
    trees: [
      { '/etc/ntp.conf': 'server ntp1\n', '/etc/ssh/sshd_config': 'UsePAM yes\n' },
      { '/etc/ntp.conf': 'server ntp2\n', '/var/lib/ntp/drift': '0.0\n', '/etc/fstab': '# none\n' },
    ],
  };
}

/** `count` rows in sets of twenty, each set what one service needs: every option but localdisk. */
export function generatedWorkload(count: number): Workload {
  const sets = Array.from({ length: Math.ceil(count / serviceRows('').length) }, (_, index) =>
    String(index).padStart(4, '0'),
  );
  const all = (files: (name: string) => Files): Files => Object.assign({}, ...sets.map(files));
  return {
    rows: sets.flatMap(serviceRows).slice(0, count),
    image: all(imageFiles),
    trees: [all(firstTree), all(secondTree)],
  };
}

function serviceRows(name: string): LitefileRow[] {
  return [
    rowOf(`/etc/${name}/`, 'tmpfs'),
    rowOf(`/etc/${name}/main.conf`, 'rw'),
    rowOf(`/etc/${name}/conf.d/`, 'tmpfs'),
    rowOf(`/etc/${name}/host.key`, 'persistent'),
    rowOf(`/etc/${name}/users`, 'con'),
    rowOf(`/etc/${name}.conf`, 'tmpfs'),
    rowOf(`/etc/${name}.pub`, 'persistent'),
    rowOf(`/etc/${name}.list`, 'con'),
    rowOf(`/etc/default/${name}`, ''),
    rowOf(`/etc/${name}.d/`, 'link,persistent'),
    rowOf(`/opt/${name}/`, 'ro'),
    rowOf(`/opt/${name}.conf`, 'ro'),
    rowOf(`/usr/share/${name}.txt`, 'link,ro'),
    rowOf(`/var/cache/${name}/`, 'tmpfs'),
    rowOf(`/var/lib/${name}/`, 'persistent'),
    rowOf(`/var/lib/${name}/data/`, 'persistent'),
    rowOf(`/var/lib/${name}/state`, 'persistent'),
    rowOf(`/var/log/${name}/`, 'link'),
    rowOf(`/var/log/${name}/current`, 'link'),
    rowOf(`/var/spool/${name}`, 'link,con'),
  ];
}

function imageFiles(name: string): Files {
  return {
    [`/etc/${name}/main.conf`]: 'main\n',
    [`/etc/${name}/other.conf`]: 'other\n',
    [`/etc/${name}/conf.d/10-first`]: 'first\n',
    [`/etc/${name}/users`]: 'root\n',
    [`/etc/${name}.conf`]: 'conf\n',
    [`/etc/${name}.list`]: 'list\n',
    [`/etc/default/${name}`]: 'ENABLED=yes\n',
    [`/etc/${name}.d/10-first`]: 'first\n',
    [`/opt/${name}/program`]: 'program\n',
    [`/opt/${name}.conf`]: 'conf\n',
    [`/usr/share/${name}.txt`]: 'text\n',
    [`/var/cache/${name}/`]: '',
    [`/var/lib/${name}/version`]: '1\n',
    [`/var/lib/${name}/data/seed`]: 'seed\n',
    [`/var/log/${name}/old`]: 'old\n',
    [`/var/spool/${name}`]: 'spool\n',
  };
}

function firstTree(name: string): Files {
  return {
    [`/etc/${name}/main.conf`]: 'main of the first tree\n',
    [`/etc/${name}/users`]: 'first\n',
    [`/etc/${name}.list`]: 'first\n',
    [`/opt/${name}/program`]: 'program of the first tree\n',
  };
}

function secondTree(name: string): Files {
  return {
    [`/etc/${name}/main.conf`]: 'main of the second tree\n',
    [`/etc/${name}/conf.d/20-second`]: 'second\n',
    [`/etc/${name}.list`]: 'second\n',
    [`/etc/${name}.pub`]: 'public\n',
    [`/var/lib/${name}/data/more`]: 'more\n',
  };
}

function rowOf(file: string, options: string): LitefileRow {
  return { file, options, specificity: 'ALL' };
}
