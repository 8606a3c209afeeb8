import { explainError, StateliteError } from '../../agent/errors.ts';
import {
  failedNodes,
  type NodesetDeps,
  type NodesetResult,
  setImage,
  setLocal,
} from '../bootfiles/nodeset.ts';
import { settleNodes } from '../bootfiles/plan.ts';
import { stateOfNode } from '../bootfiles/state-of-node.ts';
import { createResolve } from '../bootfiles/resolve.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';
import { updateDhcp } from './update-dhcp.ts';

/** What the word after the noderange asks for. */
export type NodesetAction =
  | { readonly kind: 'image'; readonly image: string | undefined }
  | { readonly kind: (typeof kinds)[number] };

const kinds = ['shell', 'boot', 'offline', 'stat'] as const;

export const nodeset = (context: Context) =>
  command({
    command: 'nodeset <noderange> <action>',
    describe: 'Set what nodes boot next, and write their boot files',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'Nodes and groups, e.g. compute,login[01-04]',
        })
        .positional('action', {
          type: 'string',
          demandOption: true,
          describe:
            'osimage=<image>, osimage, statelite=<image>, statelite (the image that nodetype names), ' +
            'shell (in the initramfs of that image), boot (from disk), offline (no boot file), stat (show)',
        })
        .option('noupdateinitrd', {
          type: 'boolean',
          default: false,
          describe: 'Do not copy kernel and initramfs of the image',
        })
        .option('ignorekernelchk', { type: 'boolean', hidden: true }),
    run: async ({ noderange, action: text, noupdateinitrd, json }) => {
      const action = parseAction(text);
      const store = context.store();
      const cluster = await readCluster(store, context.settings);
      const nodes = nodesOf(context, cluster, noderange);
      const deps = {
        cluster,
        store,
        resolve: createResolve(context.log.warn),
        warn: context.log.warn,
        updatePayload: !noupdateinitrd,
      };
      const result = await perform(action, nodes, deps);
      if (action.kind !== 'stat') {
        const done = result.set.map(({ node }) => node);
        const change = action.kind === 'offline' ? { remove: done } : { set: done };
        await updateDhcp(context, cluster, change);
      }
      if (json) printJson(context, result.set);
      else for (const { node, state } of result.set) context.print(`${node}: ${state}`);
      reportFailures(context, result, nodes.length);
    },
  });

/** Reads the action; the 2010 words `statelite` and `statelite=image` mean what they did (QUIRK-61). */
export function parseAction(text: string): NodesetAction {
  const [, word = '', image] = /^([a-z]+)(?:=(.*))?$/s.exec(text) ?? [];
  const kind = kinds.find((other) => other === word);
  if (kind !== undefined && image === undefined) return { kind };
  if (/^(?:osimage|statelite)$/u.test(word) && image !== '') return { kind: 'image', image };
  throw new StateliteError('ERR_STATELITE_USAGE', `Invalid argument: ${text}`, {
    hint: 'use osimage=<image>, osimage, statelite, statelite=<image>, shell, boot, offline or stat',
  });
}

async function perform(
  action: NodesetAction,
  nodes: readonly string[],
  deps: NodesetDeps,
): Promise<NodesetResult> {
  if (action.kind === 'image') return setImage(nodes, action.image, deps);
  if (action.kind === 'shell') return setImage(nodes, undefined, deps, 'shell');
  if (action.kind !== 'stat') return setLocal(nodes, action.kind, deps);
  const { done, failures } = await settleNodes(nodes, (node) => stateOfNode(node, deps.cluster));
  return { set: [...done].map(([node, state]) => ({ node, state })), failures };
}

/** Each failure once, with the nodes it is about; then the command fails as a whole. */
function reportFailures({ log }: Context, { failures }: NodesetResult, all: number): void {
  const [first] = failures;
  if (first === undefined) return;
  if (all === 1) throw first.error;
  const texts = Map.groupBy(failures, ({ error }) => explainError(error).join('\n'));
  for (const [explanation, same] of texts) {
    const names = same.map(({ node }) => node).join(',');
    for (const line of explanation.split('\n')) log.error(`${names}: ${line}`);
  }
  throw failedNodes(failures, all);
}
