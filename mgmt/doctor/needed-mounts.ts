import { hasCode } from '../../agent/errors.ts';
import { formatLocation, parseLocation } from '../../agent/protocol/location.ts';
import type { Boot } from './site.ts';

/** A directory that a node mounts while it boots. */
export interface NeededMount {
  readonly node: string;
  /** Of the node, if the tables have one. */
  readonly address: string | undefined;
  readonly what: 'image' | 'store' | 'tree';
  /** An address, or a name that the tables have in a tree. */
  readonly server: string;
  readonly directory: string;
  /** Whether mount options ask for NFSv3, which needs rpcbind and mountd. */
  readonly isV3: boolean;
}

/** What a node mounts: its image's root, its persistent directory, its trees (semantics 5.3). */
export function neededMounts({ node, plan: { address }, cmdline, trees }: Boot): NeededMount[] {
  const { root, statemnt, mntopts } = cmdline;
  const mount = (
    what: NeededMount['what'],
    { server, directory }: { server: string; directory: string },
    options: readonly string[],
  ): NeededMount => {
    const plain = server.replace(/^\[(.*)\]$/u, '$1');
    return { node, address, what, server: plain, directory, isV3: options.some(isVersion3) };
  };
  return [
    ...('url' in root ? [] : [mount('image', root, root.options)]),
    ...(statemnt === undefined ? [] : [mount('store', statemnt, mntopts)]),
    ...trees.flatMap(({ directory: text, mntopts: words }) => {
      const { server, directory } = placeOf(text);
      return server === undefined ? [] : [mount('tree', { server, directory }, words.split(','))];
    }),
  ];
}

/** `10.0.0.1:/install`. */
export function formatMount({ server, directory }: NeededMount): string {
  return formatLocation({ server: server.includes(':') ? `[${server}]` : server, directory });
}

function isVersion3(option: string): boolean {
  return /^(?:(?:nfs)?vers=|v)3$/u.test(option.trim());
}

/** A row that is not usable is said by `statelite check`. */
function placeOf(text: string): { server: string | undefined; directory: string } {
  try {
    return parseLocation(text);
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_ROW')) return { server: undefined, directory: text };
    throw error;
  }
}
