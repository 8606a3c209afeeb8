import { StateliteError } from '../../agent/errors.ts';
import { formatLocation } from '../../agent/protocol/location.ts';
import { layout } from '../../agent/rules/layout.ts';
import { withCommands } from '../commands/with-commands.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { explain as explainPath, type ExplainedRow, type Explanation } from '../preview/explain.ts';
import { thisHost } from '../preview/host.ts';
import { otherRows, type OtherRow } from '../preview/other-rows.ts';
import { decidePreview, type Preview, previewer } from '../preview/preview.ts';
import { unseenText } from '../preview/unseen.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';

export const explain = (context: Context) =>
  command({
    command: 'explain <node> <path>',
    describe: 'Tell which row and which source serve a path of a node, and what survives a reboot',
    options: (yargs) =>
      withJson(yargs)
        .positional('node', { type: 'string', demandOption: true, describe: 'One node' })
        .positional('path', {
          type: 'string',
          demandOption: true,
          describe: 'An absolute path on the node, listed or not',
        }),
    run: async ({ node, path, json }) => {
      if (!path.startsWith('/')) {
        throw new StateliteError(
          'ERR_STATELITE_USAGE',
          `explain: the path ${path} is not absolute`,
          {
            hint: 'begin it with /',
          },
        );
      }
      const cluster = await readCluster(context.store(), context.settings);
      const name = oneNode(context, node, cluster);
      const prepared = await withCommands(cluster, [name]);
      const preview = await previewer(prepared, await thisHost())(name);
      const { image } = preview.answer;
      const groups =
        cluster.rows.osimage.find(({ imagename }) => imagename === image)?.groups ?? '';
      const names = { groups, rootName: (root: string) => rootName(root, preview) };
      const found = await decidePreview(preview, (situation) =>
        explainPath(path, situation, names),
      );
      const elsewhere = otherRows([path, found.path], image, cluster.rows);
      const { unseen } = preview;
      if (json) return printJson(context, { node: name, image, ...found, elsewhere, unseen });
      explanationLines(name, preview, found, elsewhere).forEach(context.print);
    },
  });

function oneNode(context: Context, text: string, cluster: Cluster): string {
  const [node, second] = nodesOf(context, cluster, text);
  if (node !== undefined && second === undefined) return node;
  throw new StateliteError('ERR_STATELITE_USAGE', `explain: ${text} is not one node`, {
    hint: 'name one; nodels lists them',
  });
}

/** A root of the plan as the administrator knows it. */
function rootName(root: string, { stores, persistent }: Preview): string {
  if (root === '/' || root === layout.pristine) return 'image: ';
  if (root === layout.persistent) return persistent ?? '';
  if (root === layout.localdisk) return 'local disk: ';
  const tree = stores.trees.find((one) => one.root === root)?.tree;
  return tree === undefined ? root : formatLocation(tree);
}

const applies: Readonly<Record<string, string>> = {
  image: 'named for the image',
  group: 'for a group of the image',
  ALL: 'for ALL images',
  blank: 'for any image',
};

function explanationLines(
  node: string,
  { answer, unseen }: Preview,
  found: Explanation,
  elsewhere: readonly OtherRow[],
): string[] {
  const { row, lost, searched, from, steps, stock } = found;
  return [
    `${node}:${found.path}, osimage ${answer.image}`,
    labelled('row', row === undefined ? ['none'] : [rowText(row)]),
    labelled('beaten', lost.map(rowText)),
    labelled(
      'not for it',
      elsewhere.map(({ image, file, options }) => `${file} ${options}, for image ${image}`),
    ),
    labelled('searched', searched),
    labelled('unseen', unseen.map(unseenText)),
    labelled('content', from),
    labelled('on node', [whatIsThere(found), found.reached]),
    labelled('kept', [found.survives]),
    labelled('steps', steps),
    labelled(
      'stock xCAT',
      stock.map(({ quirk, says }) => `${quirk}: ${says}`),
    ),
  ].flat();
}

function whatIsThere({ kind, writable }: Explanation): string {
  if (kind !== 'missing') return `${nouns[kind]}, ${writable ? 'writable' : 'read-only'}`;
  return writable ? 'nothing yet; it can be made' : 'nothing, and it cannot be made';
}

const nouns = { file: 'a file', dir: 'a directory', link: 'a symlink' } as const;

function rowText({ file, options, applies: how }: ExplainedRow): string {
  return `${file} ${options}, ${applies[how] ?? how}`;
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(11)} ${line}`);
}
