import { foldNames } from '../core/fold-names.ts';

/** Why stock xCAT does otherwise. */
export interface Reason {
  /** Its number in the register of docs/xcat.md; undefined where it has none. */
  readonly quirk: string | undefined;
  readonly says: string;
}

/** Something that comes out otherwise on a stock xCAT with the same tables. */
export interface Finding {
  /** A path, a tree, a row: `/etc/motd`, `tree 1.5 nfs1:/trees`. */
  readonly subject: string;
  readonly here: string;
  readonly stock: string;
  readonly reasons: readonly Reason[];
}

/** A finding and whom it concerns. */
export interface Difference extends Finding {
  readonly images: readonly string[];
  /** Empty for images that no node has. */
  readonly nodes: readonly string[];
}

/** Equal findings of several images as one, in the order of the first. */
export function mergeEqual(differences: readonly Difference[]): Difference[] {
  const alike = Map.groupBy(differences, ({ subject, here, stock, reasons }) =>
    JSON.stringify([subject, here, stock, reasons]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const images = [...new Set(same.flatMap((one) => one.images))];
    return [{ ...first, images, nodes: [...new Set(same.flatMap(({ nodes }) => nodes))] }];
  });
}

/** `nodes cn[001-250], image compute: /etc/motd: here ro, stock tmpfs: mgmt QUIRK-17: why`. */
export function differenceLine(difference: Difference): string {
  const { images, nodes, subject, here, stock, reasons } = difference;
  const who = [named('node', nodes), named('image', images)].filter((text) => text !== '');
  const why = reasons.map(reasonText).join('; ');
  return `${who.join(', ')}: ${subject}: here ${here}, stock ${stock}: ${why}`;
}

function named(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  return `${what}${names.length === 1 ? '' : 's'} ${foldNames(names)}`;
}

/** `mgmt QUIRK-17: why`. */
export function reasonText({ quirk, says }: Reason): string {
  return quirk === undefined ? says : `${quirk}: ${says}`;
}
