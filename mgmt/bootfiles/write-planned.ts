import { namingFaults } from './file-fault.ts';
import { linksTo } from './link-files.ts';
import { publishLoaders, usedLoaders } from './loaders.ts';
import { ownPaths } from './node-files.ts';
import type { Failure, SettableNode } from './plan.ts';
import { prepareBootFiles } from './prepare.ts';
import { removeBootFiles, writeBootFiles } from './write.ts';

export interface Written {
  readonly written: readonly SettableNode[];
  /** Nodes whose files cannot be put in their places; those that they have are as they were. */
  readonly failures: readonly Failure[];
}

/**
 * Puts loaders, then boot files below `tftpdir`, then takes away files of another loader or of an
 * address that changed. ERR_STATELITE_BOOTFILE for a fault that concerns all nodes, mostly before
 * any file is another: all are made beside their places first.
 */
export async function writePlanned(
  nodes: readonly SettableNode[],
  tftpdir: string,
  warn: (message: string) => void,
): Promise<Written> {
  if (nodes.length === 0) return { written: [], failures: [] };
  return namingFaults(tftpdir, async () => {
    for (const missing of await publishLoaders(usedLoaders(nodes), tftpdir)) warn(missing);
    const { changed, blocked } = await prepareBootFiles(
      tftpdir,
      nodes.flatMap(({ files }) => files),
    );
    const failures = nodes.flatMap(({ node, files }): Failure[] => {
      const [error] = files.flatMap(({ path }) => blocked.get(path) ?? []);
      return error === undefined ? [] : [{ node, error }];
    });
    const failed = new Set(failures.map(({ node }) => node));
    const written = nodes.filter(({ node }) => !failed.has(node));
    const names = written.map(({ node }) => node);
    const wanted = new Set(written.flatMap(({ files }) => files.map(({ path }) => path)));
    const links = await linksTo(tftpdir, names); // before their files are others
    await writeBootFiles(
      tftpdir,
      changed.filter(({ path }) => wanted.has(path)),
    );
    const stale = [...names.flatMap(ownPaths), ...links].filter((path) => !wanted.has(path));
    await removeBootFiles(tftpdir, stale);
    return { written, failures };
  });
}
