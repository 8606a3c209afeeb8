import type { LitefileRow, LitetreeRow, Specificity } from '../../agent/protocol/answer.ts';
import type { TableRows } from '../db/tables.ts';
import { splitList } from './list.ts';
import { type StockFile, stockFiles } from './stock-lines.ts';

type ImageTables = Pick<TableRows, 'litefile' | 'litetree' | 'osimage' | 'linuximage'>;

/** What the tables say of one image. */
export interface ImageRows {
  /** The rows that apply, in table order. */
  readonly litefile: readonly LitefileRow[];
  /** The same; variables are still in place. */
  readonly litetree: readonly LitetreeRow[];
  /** What stock calls the winning rows; worked out when first asked for, throws like `stockFiles`. */
  readonly stockFiles: () => readonly StockFile[];
  /** Mode of the tmpfs on /.statelite, octal. */
  readonly permission: string;
}

/**
 * Which rows apply to an image (semantics 1.1): those whose image column is its name, one of its
 * groups, ALL or blank. An image without an osimage row has no groups. Each image is worked out
 * once.
 */
export function imageRows(rows: ImageTables): (image: string) => ImageRows {
  const groupsOf = new Map(
    rows.osimage.map(({ imagename, groups }) => [imagename, splitList(groups)]),
  );
  const known = new Map<string, ImageRows>();
  return (image) => {
    const found = known.get(image) ?? rowsFor(rows, image, groupsOf.get(image) ?? []);
    known.set(image, found);
    return found;
  };
}

function rowsFor(
  { litefile, litetree, linuximage }: ImageTables,
  image: string,
  groups: readonly string[],
): ImageRows {
  // Later entries replace earlier ones: a group called like the image or ALL means these.
  const specificities = new Map<string, Specificity>([
    ...groups.map((group): [string, Specificity] => [group, 'group']),
    ['', 'blank'],
    ['ALL', 'ALL'],
    [image, 'image'],
  ]);
  const applying = <R extends { readonly image: string }>(rows: readonly R[]) =>
    rows.flatMap((row) => {
      const specificity = specificities.get(row.image.trim());
      return specificity === undefined ? [] : [{ row, specificity }];
    });
  const files = applying(litefile).map(({ row, specificity }) => ({
    file: row.file,
    options: row.options ?? '',
    specificity,
  }));
  let inStock: readonly StockFile[] | undefined;
  return {
    litefile: files,
    stockFiles: () => (inStock ??= stockFiles(files)),
    litetree: applying(litetree).map(({ row, specificity }) => ({
      priority: row.priority,
      directory: row.directory,
      mntopts: row.mntopts ?? '',
      specificity,
    })),
    permission: linuximage.find(({ imagename }) => imagename === image)?.permission ?? '755',
  };
}
