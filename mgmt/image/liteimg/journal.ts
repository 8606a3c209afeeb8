import { textOf } from '../../../agent/files/bytes.ts';
import { parentOf } from '../../../agent/rules/path.ts';
import { type Files, type Place, placeBytes } from './files.ts';

/** One change of the image; paths count from its root. */
export type Deed =
  | { readonly kind: 'made' | 'copied' | 'removed' | 'lent' | 'written'; readonly path: string }
  | { readonly kind: 'linked'; readonly path: string; readonly target: string }
  | { readonly kind: 'moved'; readonly from: string; readonly path: string };

/** What is being done while changes are written down. */
export interface Subject {
  readonly task: 'areas' | 'restore' | 'leftover' | 'prepare' | 'system';
  /** A canonical path of the image. */
  readonly path: string;
}

export interface Journal {
  readonly files: Files;
  /** What follows is about this. */
  about(subject: Subject): void;
  /** Whether names in a directory of this machine came or went. */
  hasTouched(directory: Place): boolean;
  /** In order, one for each time that something was changed for a subject. */
  readonly pages: readonly Page[];
}

export interface Page {
  readonly subject: Subject;
  readonly deeds: readonly Deed[];
}

/** Writes down every change that is made through it, and for what. */
export function journalOf(root: string, files: Files): Journal {
  const pages: { subject: Subject; deeds: Deed[] }[] = [];
  let page: { subject: Subject; deeds: Deed[] } = {
    subject: { task: 'areas', path: '/' },
    deeds: [],
  };
  const touched = new Set<string>();
  const note = (deed: Deed) => {
    for (const path of deed.kind === 'moved' ? [deed.from, deed.path] : [deed.path]) {
      touched.add(parentOf(path));
    }
    if (page.deeds.length === 0) pages.push(page);
    page.deeds.push(deed);
  };
  const inImage = (place: Place) => textOf(placeBytes(place)).slice(root.length);
  const noteIf = (isChanged: boolean, kind: 'made' | 'removed', place: Place) => {
    if (isChanged) note({ kind, path: inImage(place) });
    return isChanged;
  };
  return {
    pages,
    hasTouched: (directory) => touched.has(inImage(directory)),
    about(subject) {
      page = { subject, deeds: [] };
    },
    files: {
      ...files,
      makeDirectory: async (place) => noteIf(await files.makeDirectory(place), 'made', place),
      makeFile: async (place, content, like) =>
        noteIf(await files.makeFile(place, content, like), 'made', place),
      async makeLink(place, target) {
        await files.makeLink(place, target);
        note({ kind: 'linked', path: inImage(place), target });
      },
      async addName(place, name) {
        await files.addName(place, name);
        note({ kind: 'moved', from: inImage(place), path: inImage(name) });
      },
      async move(from, to) {
        await files.move(from, to);
        note({ kind: 'moved', from: inImage(from), path: inImage(to) });
      },
      remove: async (place) => noteIf(await files.remove(place), 'removed', place),
      removeEmpty: async (place) => noteIf(await files.removeEmpty(place), 'removed', place),
      async replace(file, text) {
        await files.replace(file, text);
        note({ kind: 'written', path: inImage(file) });
      },
      copies() {
        const copies = files.copies();
        return {
          async object(from, to) {
            await copies.object(from, to);
            note({ kind: 'copied', path: inImage(to) });
          },
          async attributes(from, to) {
            await copies.attributes(from, to);
            note({ kind: 'lent', path: inImage(to) });
          },
        };
      },
    },
  };
}
