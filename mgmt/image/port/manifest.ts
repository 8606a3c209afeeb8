import { StateliteError } from '../../../agent/errors.ts';
import {
  childTexts,
  type Element,
  escapeText,
  parseElements,
} from '../../../agent/protocol/elements.ts';
import { tables } from '../../db/tables.ts';

/** A file or directory that goes along with an image; paths of the machine it comes from. */
export interface Extra {
  readonly src: string;
  /** The directory it is put into, or for a directory the one that it becomes. */
  readonly dest: string;
}

/** What manifest.xml says. Paths are those of the management node that made the archive. */
export interface Manifest {
  /** Columns that are not blank. */
  readonly osimage: Readonly<Record<string, string>>;
  readonly linuximage: Readonly<Record<string, string>>;
  /** Where single files of the archive stood: kernel, ramdisk, rootimg, rootimgtree, litefile. */
  readonly files: Readonly<Partial<Record<FileElement, string>>>;
  /** Names of scripts, from `imgexport -p`. */
  readonly postscripts: string;
  readonly postbootscripts: string;
  readonly extra: readonly Extra[];
  /** Of the management node that made it; stock xCAT does not say. */
  readonly installdir: string;
}

const fileElements = ['kernel', 'ramdisk', 'rootimg', 'rootimgtree', 'litefile'] as const;
export type FileElement = (typeof fileElements)[number];

/** Longer is no manifest. */
export const largestManifest = 1 << 20;

const stockInstalldir = '/install';

/** manifest.xml in the layout of stock xCAT's imgexport: elements only, no attributes. */
export function renderManifest(manifest: Manifest): string {
  const { osimage, linuximage, files, extra, installdir } = manifest;
  return [
    '<?xml version="1.0"?>',
    '<xcatimage>',
    ...extra.flatMap((item) => group('extra', { dest: item.dest, src: item.src })),
    ...leaves(files, 1),
    ...group('linuximage', linuximage),
    ...group('osimage', osimage),
    ...leaves({ postbootscripts: manifest.postbootscripts, postscripts: manifest.postscripts }, 1),
    ...group('statelite', { installdir }),
    '</xcatimage>',
    '',
  ].join('\n');
}

/**
 * Reads what `renderManifest` or stock xCAT (2.8 and later, or 2.7 with all columns at the top)
 * wrote. Columns that our tables do not have are left out. Throws ERR_STATELITE_IMAGE for what is
 * not of this shape: attributes, declarations, entities of one's own, and single values given twice.
 */
export function parseManifest(text: string): Manifest {
  const body = text.replace(/^\uFEFF?\s*<\?xml(?:\s[^?<>]*)?\?>/u, '');
  const roots = parseElements(body, refusal);
  const [root] = roots;
  if (root === undefined || roots.length > 1 || root.name !== 'xcatimage') {
    throw refusal('it is not one <xcatimage>');
  }
  const isOld = !root.children.some(({ name }) => name === 'osimage' || name === 'linuximage');
  const part = (name: 'osimage' | 'linuximage') => columnsOf(name, isOld ? root : only(root, name));
  const statelite = only(root, 'statelite');
  return {
    osimage: part('osimage'),
    linuximage: part('linuximage'),
    files: Object.fromEntries(
      fileElements.flatMap((name) => {
        const value = textOf(root, name);
        return value === '' ? [] : [[name, value]];
      }),
    ),
    postscripts: textOf(root, 'postscripts'),
    postbootscripts: textOf(root, 'postbootscripts'),
    extra: root.children
      .filter(({ name }) => name === 'extra')
      .map((item) => ({ src: textOf(item, 'src'), dest: textOf(item, 'dest') })),
    installdir: textOf(statelite, 'installdir') || stockInstalldir,
  };
}

function group(name: string, values: Readonly<Record<string, string>>): string[] {
  return [`  <${name}>`, ...leaves(values, 2), `  </${name}>`];
}

/** A blank one is left out: stock xCAT would read it as a table. */
function leaves(values: Readonly<Record<string, string>>, depth: number): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${'  '.repeat(depth)}<${name}>${escapeText(value)}</${name}>`);
}

function columnsOf(table: 'osimage' | 'linuximage', element: Element): Record<string, string> {
  const known = Object.keys(tables[table].columns);
  const values = known.flatMap((column) => {
    const value = textOf(element, column);
    return value === '' ? [] : [[column, value]];
  });
  return Object.fromEntries(values);
}

const nothing: Element = { name: '', text: '', children: [] };

function only(parent: Element, name: string): Element {
  const found = parent.children.filter((child) => child.name === name);
  if (found.length > 1) throw refusal(`it has more than one <${name}>`);
  return found[0] ?? nothing;
}

/** The text of a child, blanks around it gone, or ''. */
function textOf(parent: Element, name: string): string {
  const [first = '', ...others] = childTexts(parent, name);
  if (others.length > 0) throw refusal(`it has more than one <${name}>`);
  return first.trim();
}

function refusal(why: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `manifest.xml of the archive is refused: ${why}`,
    {
      hint: 'imgexport here or of xCAT makes such files; this one is damaged or was written by hand',
    },
  );
}
