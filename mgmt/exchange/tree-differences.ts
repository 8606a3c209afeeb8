import { hasCode } from '../../agent/errors.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import type { Cluster } from '../core/cluster.ts';
import { imageRows } from '../core/rows-for.ts';
import type { TableRows } from '../db/tables.ts';
import type { Finding, Reason } from './finding.ts';

type LitetreeText = TableRows['litetree'][number];

/** A tree of an image, here or on stock xCAT. */
interface AppliedTree {
  readonly row: LitetreeText;
  readonly isHere: boolean;
  readonly isStock: boolean;
}

/** The litetree rows that have a variable or a command in them, for an image. */
export function variableTrees(image: string, cluster: Cluster): LitetreeText[] {
  return appliedTrees(image, cluster)
    .filter(({ isHere, isStock, row }) => isHere && isStock && /\$|#CMD=/u.test(row.directory))
    .map(({ row }) => row);
}

/** The trees of an image that stock xCAT searches otherwise, whatever its nodes are. */
export function treeDifferences(image: string, cluster: Cluster): Finding[] {
  const applied = appliedTrees(image, cluster);
  const stock = applied.filter(({ isStock }) => isStock);
  return applied.flatMap(({ row, isHere, isStock }): Finding[] => {
    const subject = treeName(row);
    if (isHere !== isStock) {
      const [here, there] = isHere ? ['searched', 'not searched'] : ['not searched', 'searched'];
      return [{ subject, here, stock: there, reasons: [groupReason(row)] }];
    }
    const rivals = stock.filter((other) => other.row.priority === row.priority);
    const survivor = rivals.toSorted((a, b) => place(a.row, image) - place(b.row, image)).at(-1);
    if (survivor !== undefined && survivor.row !== row) {
      return [{ subject, here: 'searched', stock: 'not searched', reasons: samePriority }];
    }
    return readingsOf(row).map((reading) => ({ subject, ...reading }));
  });
}

/** `tree 1.5 nfs1:/trees`. */
export function treeName({ priority, directory }: LitetreeText): string {
  return `tree ${priority} ${directory}`;
}

function appliedTrees(image: string, { rows }: Cluster): AppliedTree[] {
  const osimage = rows.osimage.filter(({ imagename }) => imagename === image);
  const groups = osimage[0]?.groups ?? '';
  const inStock = new Set(['', 'ALL', image, groups]);
  return rows.litetree
    .map((row) => {
      const only = { litefile: [], litetree: [row], osimage, linuximage: [] };
      const isHere = imageRows(only)(image).litetree.length > 0;
      return { row, isHere, isStock: inStock.has(row.image) };
    })
    .filter(({ isHere, isStock }) => isHere || isStock);
}

/** Stock xCAT merges in this order, the later ones over the earlier ones. */
function place({ image: name }: LitetreeText, image: string): number {
  if (name === image) return 3;
  if (name === 'ALL') return 2;
  return name === '' ? 1 : 0;
}

const samePriority: readonly Reason[] = [
  { quirk: 'mgmt QUIRK-5', says: 'the priority alone is the key of its table' },
  { quirk: 'node QUIRK-47', says: 'of several trees with one priority, xCAT knows only one' },
];

function groupReason({ image }: LitetreeText): Reason {
  if (image === image.trim()) {
    const says = 'xCAT takes osimage.groups for one name, also with commas in it';
    return { quirk: 'mgmt QUIRK-16', says };
  }
  const says = 'to xCAT blanks around the name of an image are part of it';
  return { quirk: undefined, says };
}

type Reading = Omit<Finding, 'subject'>;

/** What stock xCAT reads otherwise in the row itself. */
function readingsOf({ directory, mntopts }: LitetreeText): Reading[] {
  const options = mntopts ?? '';
  const server = serverOf(directory);
  const found: Reading[] = [];
  if (server === undefined && options !== '') {
    const says = 'xCAT takes such a directory for the server and the options for the directory';
    found.push(
      otherwise('searched in the image', `${directory}:/${options}`, 'mgmt QUIRK-18', says),
    );
  } else if (server === undefined) {
    const says = 'xCAT never searches a tree without a server';
    found.push(otherwise('searched in the image', 'not searched', 'node QUIRK-16', says));
  } else if (directory.startsWith('[') || directory.slice(server.length + 1).includes(':')) {
    const says = 'xCAT splits server, directory and options at every colon';
    found.push(otherwise('searched', 'another place', 'mgmt QUIRK-19', says));
  }
  if (server !== undefined && options !== '') {
    const reasons = [
      { quirk: 'mgmt QUIRK-20', says: 'litetree.mntopts never reach the mount' },
      { quirk: 'node QUIRK-14', says: 'xCAT mounts trees without their mntopts' },
    ];
    found.push({ here: `mounted with ${options}`, stock: 'mounted without', reasons });
  }
  if (/[\s&<>]/u.test(directory.replaceAll(/#CMD=[^#]*#/gu, ''))) {
    const says = "xCAT's node script cannot read blanks, & < and > in a location";
    found.push(otherwise('searched', 'another place', 'node QUIRK-48', says));
  }
  return found;
}

function otherwise(here: string, stock: string, quirk: string, says: string): Reading {
  return { here, stock, reasons: [{ quirk, says }] };
}

/** The server, with its variables; undefined for a directory of the image. */
function serverOf(directory: string): string | undefined {
  try {
    return parseLocation(directory).server;
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_ROW')) throw error;
    return ''; // the location may begin with a variable that holds it whole
  }
}
