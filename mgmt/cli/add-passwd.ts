import { dirname } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { readCluster } from '../db/read-cluster.ts';
import { openImageRoot } from '../image/genimage/image-root.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { rootPasswordIn, setRootPassword } from '../image/genimage/root-password.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { needsRoot } from './needs-root.ts';

export const addPasswd = (context: Context) =>
  command({
    command: 'add_passwd <rootimg>',
    describe: "Set root's password in a root image to that of the passwd table",
    options: (yargs) =>
      yargs.positional('rootimg', {
        type: 'string',
        demandOption: true,
        describe:
          "The directory of the root, e.g. /install/netboot/rocky9/x86_64/compute/rootimg; accounts of the management node itself are not copied, only root's password changes",
      }),
    run: async ({ rootimg }) => {
      needsRoot('add_passwd', 'it changes /etc/shadow of a root image');
      const tree = await openImageRoot(pathGiven(context, 'rootimg', rootimg));
      const { rows } = await readCluster(context.store(), context.settings);
      const password = rootPasswordIn(rows);
      if (password === undefined || password.password === '') {
        throw new StateliteError(
          'ERR_STATELITE_NOT_FOUND',
          'the passwd table has no password of root',
          {
            hint: 'chtab key=system,username=root passwd.password=…',
          },
        );
      }
      await withImageLock(dirname(tree.root), async () => {
        context.print(await setRootPassword(tree, password));
      });
    },
  });
