import { isLink, type Option } from '../../agent/rules/options.ts';
import { ancestors } from '../../agent/rules/path.ts';
import { mtab } from '../../agent/rules/row.ts';
import type { Reason } from './finding.ts';

/** What xCAT's liteimg says of a path below another one that is listed. */
export interface StockFamily {
  readonly refused: boolean;
  /** Why it says otherwise than semantics 3.4, if it does. */
  readonly reason: Reason;
}

const neverCompares = {
  quirk: 'mgmt QUIRK-37',
  says: 'xCAT compares the options as numbers and lets links below other directories pass',
};

/**
 * Judges a child and its nearest listed ancestor as xCAT's liteimg does. `listed` are the literal
 * files of the table, `child` and `parent` paths without a slash at the end.
 */
export function stockFamily(
  child: { readonly path: string; readonly option: Option },
  parent: { readonly path: string; readonly option: Option },
  listed: ReadonlySet<string>,
): StockFamily {
  if (!listed.has(`${parent.path}/`)) {
    const says = 'to xCAT a directory listed without a slash at its end is no parent';
    return { refused: false, reason: { quirk: 'mgmt QUIRK-40', says } };
  }
  const twin = [...listed].find(
    (file) => file !== `${parent.path}/` && file.endsWith(`${parent.path}/`),
  );
  if (twin !== undefined) {
    const says = `xCAT takes ${twin} for ${parent.path}/ too and then sees no parent`;
    return { refused: false, reason: { quirk: 'mgmt QUIRK-39', says } };
  }
  if (!allows(parent.option, child.option)) {
    const says = 'xCAT refuses link,ro below a link directory';
    return { refused: true, reason: { quirk: 'mgmt QUIRK-37', says } };
  }
  return { refused: false, reason: neverCompares };
}

/** xCAT always lists /etc/mtab as a link: why that refuses a directory above it, if it does. */
export function stockMtab(path: string, option: Option): Reason | undefined {
  const isAbove = [...ancestors(mtab)].includes(path);
  if (!isAbove || allows(option, 'link')) return undefined;
  const says = `xCAT lists ${mtab} as a link for every image, and refuses that below this row`;
  return { quirk: 'mgmt QUIRK-38', says };
}

/** The matrix as xCAT's liteimg enforces it, not as it is published. */
function allows(parent: Option, child: Option): boolean {
  switch (parent) {
    case 'tmpfs':
    case 'localdisk':
      return true;
    case 'persistent':
      return child === 'persistent' || child === 'link,persistent';
    case 'link':
      return isLink(child) && child !== 'link,ro';
    case 'link,persistent':
      return child === 'link,persistent';
    case 'ro':
    case 'con':
    case 'link,ro':
    case 'link,con':
      return false;
  }
}
