import { withoutSlashes } from '../../agent/rules/path.ts';

/** A directory, and who may mount it how. */
export interface Exported {
  readonly path: string;
  /** An address, a network, a name, `*`, or `@netgroup`. */
  readonly client: string;
  readonly access: 'ro' | 'rw';
  /** Whether root of the client is root here. */
  readonly keepsRoot: boolean;
}

/** Lines of exports(5), as of /etc/exports and of the kernel's own /var/lib/nfs/etab. */
export function parseExports(text: string): Exported[] {
  const joined = text.replaceAll(/\\\n/gu, ' ').replaceAll(/^([^"\n]*?)#.*$/gmu, '$1');
  return joined.split('\n').flatMap((line) => {
    const [path, ...words] = (line.match(/(?:"[^"]*"|[^\s"])+/gu) ?? []).map(unquoted);
    if (path === undefined || !path.startsWith('/')) return [];
    const defaults = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1));
    const clients = words.filter((word) => !word.startsWith('-'));
    // A path by itself is exported to everybody.
    return (clients.length === 0 ? ['*'] : clients).map((word) => client(path, word, defaults));
  });
}

function client(path: string, word: string, defaults: readonly string[]): Exported {
  const [, name = '', options = ''] = /^([^(]*)(?:\((.*)\))?$/su.exec(word) ?? [];
  const all = [...defaults, options].flatMap((list) => list.split(','));
  const access = all.findLast((option) => option === 'ro' || option === 'rw');
  const root = all.findLast((option) => option === 'root_squash' || option === 'no_root_squash');
  return {
    path: withoutSlashes(path) || path,
    client: name === '' ? '*' : name,
    access: access === 'rw' ? 'rw' : 'ro',
    keepsRoot: root === 'no_root_squash' && !all.includes('all_squash'),
  };
}

/** Quotation marks hold blanks together; other special bytes are three octal digits. */
function unquoted(word: string): string {
  return word
    .replaceAll('"', '')
    .replaceAll(/\\([0-7]{3})/gu, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
}
