import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import type { StockList, StockRequest } from '../../agent/protocol/stock-xml.ts';
import { plainJson } from '../core/plain.ts';
import type { DaemonDeps, View } from './deps.ts';
import { partitionData } from './partition-data.ts';
import type { Peer } from './peer.ts';
import { lastResponse, type ReplyFrame, stockReply } from './stock-reply.ts';
import { shapeOutput } from './stock-shape.ts';

/** A reply, and what the log and the metrics say of it. */
export interface StockAnswer {
  readonly reply: string;
  readonly what: string;
  readonly result: 'ok' | 'denied' | 'failed';
}

/** What a booting node asks for; it is told about itself, whatever nodes it names. */
export const nodeCommands: readonly string[] = [
  'litefile',
  'litetree',
  'getpartition',
  'getpostscript',
];

/**
 * Answers a request of a node, or of somebody with a certificate. Throws StateliteError if a node
 * is to be given nothing, so that its retry loop works (node QUIRK-13, mgmt QUIRK-23).
 */
export async function answerStock(
  request: StockRequest,
  peer: Peer,
  view: View,
  deps: DaemonDeps,
): Promise<StockAnswer> {
  const frame = { source: deps.source, transid: request.transid };
  if (request.command === 'authcheck') {
    const data = peer.name === undefined ? 'Unauthenticated' : 'Authenticated';
    return { reply: lastResponse({ data: [data] }, frame), what: data, result: 'ok' };
  }
  const { node, name } = peer;
  const namesNone = request.noderange === undefined && request.args.length === 0;
  const isOwn = name === undefined || (nodeCommands.includes(request.command) && namesNone);
  if (node !== undefined && isOwn) return answerNode(request, node, peer, view, frame, deps);
  return answerClient(request, peer, view, frame, deps);
}

async function answerNode(
  { command, args }: StockRequest,
  node: string,
  peer: Peer,
  view: View,
  frame: ReplyFrame,
  { log }: DaemonDeps,
): Promise<StockAnswer> {
  const { allowed } = view.decide(peer, { command, nodes: [node], args });
  if (isStockList(command)) {
    if (!allowed) throw listDenied(command);
    const render = (info: readonly string[]) =>
      stockReply(
        info.map((line) => ({ info: [line] })),
        frame,
      );
    const isShared = command === 'litefile' && frame.transid === undefined;
    const shared = isShared ? view.litefileReply?.(node, render) : undefined;
    if (shared !== undefined) {
      const { reply, lines } = shared;
      return { reply, what: `${command}, ${lines} lines`, result: 'ok' };
    }
    const info = await view.stockLines(node, command);
    return { reply: render(info), what: `${command}, ${info.length} lines`, result: 'ok' };
  }
  if (!allowed) return deniedAnswer(command, frame);
  switch (command) {
    case 'getpartition': {
      const data = await partitionOrError(node, view, (why) => log.warn(`${node}: ${why}`));
      const reply = stockReply([{ data }], frame);
      return { reply, what: `${command}, ${data.length} lines`, result: 'ok' };
    }
    case 'getpostscript': {
      const data = view.mypostscript(node);
      const reply = stockReply([{ data }], frame);
      return { reply, what: `${command}, ${data.length} lines`, result: 'ok' };
    }
    default:
      return unsupported(command, frame);
  }
}

/** Stock nodes know an error by the line that begins with its word, and boot on without a disk. */
async function partitionOrError(
  node: string,
  view: View,
  warn: (why: string) => void,
): Promise<string[]> {
  try {
    const partition = view.partition(node);
    if (partition !== undefined) return await partitionData(partition);
    return ['Error: the image of this node has no partitionfile'];
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    warn(explainError(error).join('\n'));
    return [`Error: ${error.message}`];
  }
}

/** Commands whose nodes stand in the noderange; others name theirs in their arguments. */
const rangeCommands = 'litefile litetree lslite nodels nodech noderm nodeset'.split(' ');

async function answerClient(
  { command, args, noderange, stdin = '' }: StockRequest,
  peer: Peer,
  view: View,
  frame: ReplyFrame,
  deps: DaemonDeps,
): Promise<StockAnswer> {
  const nodes = nodesOrRefusal(command, noderange, view);
  const known = nodes instanceof StateliteError ? [] : nodes;
  // Denied comes first: who may nothing does not learn which nodes there are.
  if (!view.decide(peer, { command, nodes: known, args }).allowed) {
    return deniedAnswer(command, frame);
  }
  const range = noderange === undefined ? '' : ` ${shown(noderange)}`;
  if (nodes instanceof StateliteError) {
    const reply = lastResponse({ error: [nodes.message], errorcode: ['1'] }, frame);
    return { reply, what: `${shown(command)}${range}, refused`, result: 'failed' };
  }
  const words = [command, ...(noderange === undefined ? [] : [noderange]), ...args];
  const performed = await deps.perform(words, peer, stdin);
  if (performed === undefined) return unsupported(command, frame);
  const { out, code } = performed;
  return {
    reply: stockReply(shapeOutput(command, performed), frame),
    what: `${command}${range}, ${out.length} lines, exit ${code}`,
    result: code === 0 ? 'ok' : 'failed',
  };
}

/**
 * The nodes that the policy is asked about are all that the command is about: a noderange is no
 * option, and stands where it is the only one to name nodes.
 */
function nodesOrRefusal(
  command: string,
  noderange: string | undefined,
  view: View,
): readonly string[] | StateliteError {
  if (noderange === undefined) return [];
  try {
    const nodes = view.nodesIn(noderange);
    if (noderange.startsWith('-')) return refusal(`Invalid noderange: ${noderange}`);
    if (rangeCommands.includes(command)) return nodes;
    return refusal(`${command} takes no noderange: nodes stand in its arguments`);
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_NODERANGE', 'ERR_STATELITE_USAGE')) {
      return refusal(error.message);
    }
    throw error;
  }
}

function refusal(words: string): StateliteError {
  return new StateliteError('ERR_STATELITE_NODERANGE', words);
}

function isStockList(command: string): command is StockList {
  return command === 'litefile' || command === 'litetree';
}

function listDenied(command: StockList): StateliteError {
  const priority = command === 'litefile' ? '4.7' : '4.8';
  return new StateliteError('ERR_STATELITE_DENIED', `no policy row allows ${command}`, {
    hint: `chtab priority=${priority} policy.commands=${command} policy.rule=allow`,
  });
}

function deniedAnswer(command: string, frame: ReplyFrame): StockAnswer {
  const words = { error: ['Permission denied for request'], errorcode: ['1'] };
  return { reply: lastResponse(words, frame), what: `denied ${shown(command)}`, result: 'denied' };
}

/** Without a code, as recorded. */
function unsupported(command: string, frame: ReplyFrame): StockAnswer {
  const reply = lastResponse({ error: ['Unsupported request'] }, frame);
  return { reply, what: `unsupported ${shown(command)}`, result: 'failed' };
}

function shown(text: string): string {
  return plainJson(text.slice(0, 40));
}
