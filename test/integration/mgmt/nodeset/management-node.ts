import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../../../../agent/errors.ts';
import { parseCmdline } from '../../../../agent/protocol/cmdline.ts';
import { nodeset } from '../../../../mgmt/cli/nodeset.ts';
import { parseAndRun } from '../../../../mgmt/cli/parse.ts';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { contextIn } from '../../../helpers/context-in.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

/** A management node in a directory of its own. */
export interface Mgmt extends AsyncDisposable {
  readonly directory: string;
  readonly store: Store;
  readonly printed: string[];
  readonly logged: string[];
  /** `nodeset` with these words; its error, if it has one. */
  nodeset(...words: string[]): Promise<StateliteError | undefined>;
  /** A boot file. */
  boot(path: string): Promise<string>;
}

/** Three nodes of a group, n1 and n2 complete, n3 without a MAC address; one built image. */
export async function mgmt(): Promise<Mgmt> {
  const directory = await tempRoot();
  const image = join(directory.path, 'install/netboot/debian12/x86_64/compute');
  plantTree(image, { kernel: 'kernel', 'initrd-statelite.gz': 'initramfs', 'rootimg/etc/x': '' });
  await mkdir(join(directory.path, 'state'));
  const store = openStore(join(directory.path, 'state/statelite.db'));
  await store.transaction(async (tx) => {
    await tx.upsert(tables.site, { key: 'master', value: '10.77.0.1' });
    await tx.upsert(tables.osimage, {
      imagename: 'compute',
      profile: 'compute',
      provmethod: 'statelite',
      osvers: 'debian12',
      osarch: 'x86_64',
    });
    for (const [index, node] of ['n1', 'n2', 'n3'].entries()) {
      await tx.upsert(tables.nodelist, { node, groups: 'all' });
      await tx.upsert(tables.hosts, { node, ip: `10.77.0.${index + 11}` });
      if (node !== 'n3') await tx.upsert(tables.mac, { node, mac: `52:54:00:77:00:0${index + 1}` });
    }
    await tx.upsert(tables.statelite, {
      node: 'all',
      statemnt: '10.77.0.9:/state/$nodetype.profile',
    });
    await tx.upsert(tables.litefile, { image: 'ALL', file: '/var/log/', options: 'persistent' });
  });
  const printed: string[] = [];
  const logged: string[] = [];
  const print = (line: string) => void printed.push(line);
  const context = contextIn(directory.path, store, print, (line) => void logged.push(line));
  return {
    directory: directory.path,
    store,
    printed,
    logged,
    async nodeset(...words) {
      printed.length = 0;
      logged.length = 0;
      try {
        await parseAndRun(['nodeset', ...words], [nodeset(context)], '0', () => {});
        return undefined;
      } catch (error) {
        if (error instanceof StateliteError) return error;
        throw error;
      }
    },
    boot: (path) => readFile(join(directory.path, 'tftpboot', path), 'utf8'),
    async [Symbol.asyncDispose]() {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** The kernel command line of an iPXE script. */
export const wordsOf = (script: string) =>
  parseCmdline(
    (/^imgargs kernel (.*)$/m.exec(script)?.[1] ?? '').replace(
      '${netX/mac:hexhyp}',
      '52-54-00-77-00-01',
    ),
  );
