import { explainError, StateliteError } from '../../agent/errors.ts';
import { type NodesetDeps, type NodesetResult, setImage, setLocal } from '../bootfiles/nodeset.ts';
import { createResolve } from '../bootfiles/resolve.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { powerAccess } from '../power/access.ts';
import { bootFrom } from './boot-from.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { readHardware, throwFailures, withNodes } from './hardware-nodes.ts';
import { type NodesetAction, parseAction } from './nodeset.ts';
import { attachHere } from './rcons.ts';

export const rinstall = (context: Context) =>
  command({
    command: 'rinstall <noderange> [action]',
    describe: 'Provision nodes: nodeset, rsetboot net and rpower boot',
    options: (yargs) =>
      withNodes(yargs)
        .positional('action', {
          type: 'string',
          default: 'osimage',
          describe:
            'osimage=<image>, osimage (the image that nodetype names), shell (in the initramfs of ' +
            'that image), boot (from disk)',
        })
        .option('noupdateinitrd', {
          type: 'boolean',
          default: false,
          describe: 'Do not copy kernel and initramfs of the image',
        })
        .option('uefi', {
          alias: 'u',
          type: 'boolean',
          default: false,
          describe: 'Boot in UEFI mode',
        })
        .option('console', {
          alias: 'c',
          type: 'boolean',
          default: false,
          describe: 'Attach to the console afterwards, of one node',
        })
        .option('ignorekernelchk', { type: 'boolean', hidden: true }),
    run: async ({ noderange, action, noupdateinitrd, uefi, console, timeout }) => {
      const asked = parseAction(action);
      const { cluster, nodes } = await readHardware(context, noderange);
      if (console && nodes.length !== 1) {
        throw new StateliteError('ERR_STATELITE_USAGE', '-c takes one node', {
          hint: 'wcons opens a console for each',
        });
      }
      // Boot files of a node that cannot be switched would wait for its next boot, whenever that is.
      for (const node of nodes) powerAccess(cluster, node);
      const { set, failures } = await setNodes(context, nodes, asked, {
        cluster,
        noupdateinitrd,
      });
      const ready = set.map(({ node }) => node);
      for (const { node, error } of failures) {
        for (const line of explainError(error)) context.log.error(`${node}: ${line}`);
      }
      if (ready.length === 0) {
        throw new StateliteError('ERR_STATELITE_BOOTFILE', 'No available nodes for provision.');
      }
      context.print(`Provision node(s): ${ready.join(',')}`);
      const device = asked.kind === 'boot' ? 'hd' : 'net';
      const after = await readCluster(context.store(), context.settings);
      const switched = await bootFrom(context, ready, { cluster: after, device, uefi, timeout });
      throwFailures(switched, ready.length);
      if (failures.length > 0) {
        const names = failures.map(({ node }) => node).join(',');
        const problem = `Failed to run 'nodeset' against the following nodes: ${names}`;
        throw new StateliteError('ERR_STATELITE_BOOTFILE', problem, {
          hint: 'the lines above say why; the others boot',
        });
      }
      const [node] = ready;
      if (console && node !== undefined) await attachHere(context, node, 'write');
    },
  });

async function setNodes(
  context: Context,
  nodes: readonly string[],
  action: NodesetAction,
  { cluster, noupdateinitrd }: { cluster: Cluster; noupdateinitrd: boolean },
): Promise<NodesetResult> {
  const deps: NodesetDeps = {
    cluster,
    store: context.store(),
    resolve: createResolve(context.log.warn),
    warn: context.log.warn,
    updatePayload: !noupdateinitrd,
  };
  switch (action.kind) {
    case 'image':
      return setImage(nodes, action.image, deps);
    case 'shell':
      return setImage(nodes, undefined, deps, 'shell');
    case 'boot':
      return setLocal(nodes, 'boot', deps);
    case 'offline':
    case 'stat':
      throw new StateliteError(
        'ERR_STATELITE_USAGE',
        `rinstall: Invalid argument: ${action.kind}`,
        {
          hint: 'use osimage=<image>, osimage, shell or boot',
        },
      );
  }
}
