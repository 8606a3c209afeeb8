import { nodeStatuses } from '../../agent/protocol/status.ts';
import { StateliteError } from '../../agent/errors.ts';
import type { Statemnt } from '../core/answer-for.ts';
import { type Schema, take } from '../core/schema.ts';
import { reportSchema } from '../reports/report-schema.ts';
import { bootText } from './boot-text.ts';
import type { NodeCall, Result, Route } from './api-route.ts';
import { decodeReport } from './decode-report.ts';
import { readPartition } from './partition-data.ts';
import { badRequest } from './http-error.ts';
import { refuseDenied } from './refusal.ts';

const text = { type: 'string' } as const;
const specificity = {
  type: 'string',
  enum: ['image', 'group', 'ALL', 'blank'],
  description: 'How the row names the image',
} as const;

const litefileRow: Schema = {
  title: 'LitefileRow',
  type: 'object',
  properties: { file: text, options: text, specificity },
  required: ['file', 'options', 'specificity'],
};

const litetreeRow: Schema = {
  title: 'LitetreeRow',
  type: 'object',
  properties: { priority: text, directory: text, mntopts: text, specificity },
  required: ['priority', 'directory', 'mntopts', 'specificity'],
};

const bootSchema: Schema = {
  title: 'BootAnswer',
  type: 'object',
  properties: {
    node: text,
    image: text,
    litefile: { type: 'array', items: litefileRow },
    litetree: { type: 'array', items: litetreeRow },
    permission: {
      type: 'string',
      pattern: '^[0-7]{3,4}$',
      description: 'Mode of the tmpfs on /.statelite, in octal',
    },
    statemnt: {
      type: 'object',
      description: "Where the node's persistent files are by the tables; the kernel's word counts",
      properties: { location: text, mntopts: text },
      required: ['location', 'mntopts'],
    },
    partition: {
      type: 'object',
      description: "The image's partitionfile: settings, or a script",
      properties: { kind: { type: 'string', enum: ['format', 'script'] }, text },
      required: ['kind', 'text'],
    },
    policy: {
      type: 'object',
      description: 'The priority of the policy row that allowed each list',
      properties: { litefile: text, litetree: text },
      required: ['litefile', 'litetree'],
    },
  },
  required: ['node', 'image', 'litefile', 'litetree', 'permission', 'policy'],
};

const statusSchema: Schema = {
  title: 'Status',
  type: 'object',
  properties: {
    status: { type: 'string', enum: nodeStatuses },
    appstatus: {
      type: 'string',
      pattern: String.raw`^[\w.+\-]{1,64}=[\w.+:/\-]{1,64}$`,
      description:
        'One application and how it is, for nodelist.appstatus: postscripts=failed:syslog:1',
    },
  },
  required: ['status'],
};

const none = { description: 'It was taken' } as const;

/** What a node asks and tells when it boots; it is known by its address alone. */
export const bootRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/boot',
    who: 'node',
    summary: 'What the node needs to put its files in place',
    answers: { 200: { description: 'The rows that apply to its image', schema: bootSchema } },
    handle: boot,
  },
  {
    method: 'POST',
    path: '/v1/report',
    who: 'node',
    summary: 'The boot report: the entries are in place, or the boot failed',
    body: { schema: reportSchema, limit: 4 * 1024 * 1024 },
    answers: { 204: none },
    handle: report,
  },
  {
    method: 'POST',
    path: '/v1/status',
    who: 'node',
    summary: 'The word for nodelist.status, and how an application of the node is',
    body: { schema: statusSchema, limit: 1024 },
    answers: { 204: none },
    handle: status,
  },
];

async function boot(call: NodeCall): Promise<Result> {
  const { node, peer, deps } = call;
  const view = await call.view();
  const ask = (command: string) => {
    const decision = view.decide(peer, { command, nodes: [node], args: [] });
    if (!decision.allowed) refuseDenied(deps, command, node);
    return decision.row ?? '';
  };
  const policy = { litefile: ask('litefile'), litetree: ask('litetree') };
  const answer = await view.answerFor(node);
  const named = view.partition(node);
  if (named !== undefined) ask('getpartition');
  const partition = named && (await readPartition(named));
  const statemnt = await statemntFor(call, () => view.statemntFor(node));
  const { length } = answer.litefile;
  return {
    text: `${bootText(answer, { statemnt, partition, policy })}\n`,
    what: `boot answer, ${length} files, image ${answer.image}`,
  };
}

/** A statemnt without a value for its variables must not keep a node from booting that needs none. */
async function statemntFor(
  { node, deps }: NodeCall,
  ask: () => Promise<Statemnt | undefined>,
): Promise<Statemnt | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    deps.log.warn(`${node}: no statemnt in its boot answer: ${error.message}`, { node });
    return undefined;
  }
}

async function report({ node, body, deps }: NodeCall): Promise<Result> {
  const decoded = decodeReport(body);
  await deps.recordReport(node, decoded);
  const { outcome, took, steps } = decoded;
  deps.metrics.count('statelite_boots_total', { outcome });
  return {
    what: `boot report: ${outcome}, ${steps.length} steps in ${(took / 1000).toFixed(1)} s`,
  };
}

async function status({ node, body, deps }: NodeCall): Promise<Result> {
  const taken = take(statusSchema, body);
  const word = typeof body === 'object' && body !== null && 'status' in body ? body.status : '';
  if (taken.wrong !== undefined || typeof word !== 'string') {
    throw badRequest(`the body is not {"status": WORD} with one of: ${nodeStatuses.join(', ')}`);
  }
  const appstatus =
    typeof body === 'object' && body !== null && 'appstatus' in body ? body.appstatus : undefined;
  if (typeof appstatus === 'string') await deps.recordAppStatus(node, appstatus);
  await deps.recordStatus(node, word);
  return { what: `status ${word}${typeof appstatus === 'string' ? `, ${appstatus}` : ''}` };
}
