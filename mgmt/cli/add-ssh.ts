import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { readCluster } from '../db/read-cluster.ts';
import { authorizeKeys } from '../image/genimage/authorized-keys.ts';
import { openImageRoot } from '../image/genimage/image-root.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { relaxSshd } from '../image/genimage/sshd-settings.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { needsRoot } from './needs-root.ts';

export const addSsh = (context: Context) =>
  command({
    command: 'add_ssh <rootimg>',
    describe: 'Let the owners of public keys log in as root on nodes with a root image',
    options: (yargs) =>
      yargs
        .positional('rootimg', {
          type: 'string',
          demandOption: true,
          describe:
            'The directory of the root, e.g. /install/netboot/rocky9/x86_64/compute/rootimg; its sshd is set to take many logins at once',
        })
        .option('keys', {
          type: 'string',
          describe:
            'The file of public keys, e.g. /root/.ssh/id_ed25519.pub [<installdir>/postscripts/_ssh/authorized_keys]; private keys are refused, none is copied',
        }),
    run: async ({ rootimg, keys }) => {
      needsRoot('add_ssh', 'it changes files of root in a root image');
      const given = keys === undefined ? undefined : pathGiven(context, '--keys', keys);
      const tree = await openImageRoot(pathGiven(context, 'rootimg', rootimg));
      const { site } = await readCluster(context.store(), context.settings);
      const usual = join(site.installdir, 'postscripts/_ssh/authorized_keys');
      const path = given ?? usual;
      const text = await readKeys(path);
      await withImageLock(dirname(tree.root), async () => {
        await authorizeKeys(tree, text);
        await relaxSshd(tree);
      });
      context.print(`the keys of ${path} may log in as root on nodes with ${tree.root}`);
    },
  });

/** ERR_STATELITE_NOT_FOUND if there is no such file. */
export async function readKeys(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no file of public keys ${path}`, {
      hint: 'name one, e.g. /root/.ssh/id_ed25519.pub',
    });
  }
}
