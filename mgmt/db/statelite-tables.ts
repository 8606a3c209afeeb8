import { comments, disable, nodeKey } from './common-columns.ts';
import type { Table } from './table.ts';

export const litefile = {
  name: 'litefile',
  doc: 'Which paths of an image are writable on its nodes, and how.',
  key: ['image', 'file'],
  columns: {
    image: {
      required: true,
      blank: true,
      doc: 'The osimage or osimage group the row is for, or ALL. The most specific row for a path wins.',
      refers: 'osimage.imagename',
    },
    file: { required: true, doc: 'Full path of a file or directory; a directory ends in "/".' },
    options: {
      doc: 'How the path is provided: tmpfs, persistent, localdisk, ro, con, or link, alone or before persistent, ro or con. Blank means link.',
    },
    comments,
    disable,
  },
} as const satisfies Table;

export const litetree = {
  name: 'litetree',
  doc: 'Where the content of these paths is looked for, in order.',
  key: ['priority', 'image'],
  columns: {
    priority: { required: true, doc: 'A number; the lowest is searched first. 1.5 is fine.' },
    image: {
      required: true,
      blank: true,
      doc: 'The osimage or osimage group the row is for, or ALL; blank is the same as ALL, but yields to it.',
      refers: 'osimage.imagename',
    },
    directory: {
      required: true,
      doc: 'server:/path of a tree of files, or a directory of the image. May hold $node, $table.column and ${table.column}.',
    },
    mntopts: { doc: 'NFS mount options added to the defaults; nofail makes the tree optional.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const statelite = {
  name: 'statelite',
  doc: 'Where what persists of a node is kept.',
  key: ['node'],
  columns: {
    node: nodeKey,
    image: { doc: 'Not used.' },
    statemnt: {
      required: true,
      doc: 'server:/path that holds a directory per node with what persists. May hold $node, $table.column and ${table.column}.',
    },
    mntopts: {
      doc: 'NFS mount options added to the defaults; nofail lets a node run without it.',
    },
    comments,
    disable,
  },
} as const satisfies Table;
