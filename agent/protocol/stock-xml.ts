import { StateliteError } from '../errors.ts';
import type { LitefileRow, LitetreeRow } from './answer.ts';
import type { Element } from './elements.ts';
import { childTexts, escapeText, parseElements } from './elements.ts';
import { renderStockResponse } from './stock-reply.ts';

/** The two lists that a stock node asks for. */
export type StockList = 'litefile' | 'litetree';

/** What a client of the stock protocol wants; who it is, is not believed from here. */
export interface StockRequest {
  readonly command: string;
  readonly args: readonly string[];
  /** All `noderange` and `node` elements as one list. */
  readonly noderange?: string;
  /** What the command is to read as its standard input. */
  readonly stdin?: string;
  /** To be repeated in every response. */
  readonly transid?: string;
}

export interface StockReply {
  readonly info: readonly string[];
  readonly data: readonly string[];
  readonly errors: readonly { readonly message: string; readonly code: number }[];
  /** The reply was ended by serverdone; without it the connection broke. */
  readonly done: boolean;
}

/** A request has three or four elements, and one for each argument or node that it names. */
const maxTags = 8192;

/** The one line a booting node sends. */
export function stockRequest(command: string): string {
  return `<xcatrequest><command>${escapeText(command)}</command></xcatrequest>\n`;
}

/**
 * Reads a request; elements that are not in `StockRequest` count for nothing.
 * @throws ERR_STATELITE_REQUEST for anything that is not one request with one command.
 */
export function parseStockRequest(text: string): StockRequest {
  const request = onlyRequest(text);
  const [command, ...more] = childTexts(request, 'command');
  if (command === undefined || more.length > 0) throw badRequest('no single command');
  const nodes = ['noderange', 'node'].flatMap((name) => childTexts(request, name));
  const [stdin] = childTexts(request, 'stdin');
  const [transid] = childTexts(request, 'transid');
  return {
    command: command.trim(),
    args: childTexts(request, 'arg'),
    ...(nodes.length > 0 && { noderange: nodes.map((each) => each.trim()).join(',') }),
    ...(stdin !== undefined && { stdin }),
    ...(transid !== undefined && { transid }),
  };
}

/** Whether this asks to give up the request that is being answered. Throws like parseStockRequest. */
export function isStockAbort(text: string): boolean {
  return childTexts(onlyRequest(text), 'abortcommand').length > 0;
}

function onlyRequest(text: string): Element {
  if (text.split('<', maxTags + 1).length > maxTags) throw badRequest(`more than ${maxTags} tags`);
  const [request, ...rest] = parseElements(text, badRequest);
  if (request?.name !== 'xcatrequest' || rest.length > 0) throw badRequest('no single xcatrequest');
  return request;
}

/** A reply of info lines: one response for each line, then serverdone. */
export function renderStockLines(lines: readonly string[], source: string): string {
  const responses = lines.map((line) =>
    renderStockResponse({ info: [line], xcatdsource: [source] }),
  );
  return responses.join('') + renderStockResponse({ serverdone: [''] });
}

/** A reply that is one error; the stock daemon gives "Unsupported request" no code. */
export function renderStockError(message: string, code?: number): string {
  const errorcode = code === undefined ? [] : [String(code)];
  return renderStockResponse({ error: [message], errorcode, serverdone: [''] });
}

/**
 * True as soon as a reply is complete. The stock daemon keeps the connection for another 15 s,
 * so a client that waits for the end of the stream loses them.
 */
export function endsStockReply(text: string): boolean {
  return /<serverdone>\s*<\/serverdone>\s*<\/xcatresponse>\s*$/.test(text.slice(-200));
}

/**
 * Reads everything that came back for one request. An empty text is an empty reply: daemons
 * close without a word when they have no answer now.
 * @throws ERR_STATELITE_ANSWER for anything that is not the stock protocol.
 */
export function parseStockReply(reply: string | Uint8Array): StockReply {
  const responses = parseElements(asText(reply), badAnswer);
  const stray = responses.find(({ name }) => name !== 'xcatresponse');
  if (stray !== undefined) throw badAnswer(`<${stray.name}> instead of <xcatresponse>`);
  const texts = (name: string) => responses.flatMap((response) => childTexts(response, name));
  return {
    info: texts('info'),
    data: texts('data'),
    errors: responses.flatMap((response) => [
      ...errorsIn(response),
      ...response.children.filter(({ name }) => name === 'node').flatMap(errorsIn),
    ]),
    done: texts('serverdone').length > 0,
  };
}

/**
 * The info lines of a complete reply without errors.
 * @throws ERR_STATELITE_ANSWER with the server's own words.
 */
export function stockInfo(reply: StockReply): readonly string[] {
  const [error] = reply.errors;
  if (error !== undefined) throw refused(error.message);
  if (!reply.done) throw badAnswer('it ends before serverdone');
  const usage = reply.info.find((line) => line.startsWith('Usage:'));
  if (usage !== undefined) throw refused(usage.split('\n', 1).join());
  return reply.info;
}

/** Lines `n1: tmpfs,rw      /etc/adjtime` as rows; the stock daemon has chosen them for the image. */
export function stockLitefileRows(info: readonly string[]): LitefileRow[] {
  return stockTexts(info).map((text) => {
    const [, options, file] = /^([^/]*) (\/[^\n]*)$/.exec(text) ?? [];
    if (options === undefined || file === undefined) throw badAnswer(`no litefile line: ${text}`);
    return { file, options: options.trim(), specificity: 'image' };
  });
}

/** Lines `n1: server:/dir :mntopts` as rows, in the order of their priorities. */
export function stockLitetreeRows(info: readonly string[]): LitetreeRow[] {
  return stockTexts(info).map((text, index) => {
    const [, directory, mntopts = ''] = /^(\S.*?)(?: :(\S*))?$/s.exec(text) ?? [];
    if (directory === undefined) throw badAnswer(`no litetree line: ${text}`);
    return { priority: String(index + 1), directory, mntopts, specificity: 'image' };
  });
}

/** What follows `node: `; an answer is about one node. */
function stockTexts(info: readonly string[]): string[] {
  const lines = info.map((line) => {
    const [, node, text] = /^([\w.-]+): (.+)$/s.exec(line) ?? [];
    if (node === undefined || text === undefined) throw badAnswer(`no list line: ${line}`);
    return { node, text };
  });
  const nodes = new Set(lines.map(({ node }) => node));
  if (nodes.size > 1) throw badAnswer(`lines for ${[...nodes].join(' and ')}`);
  return lines.map(({ text }) => text);
}

function errorsIn(element: Element): { message: string; code: number }[] {
  const codes = childTexts(element, 'errorcode').map(Number);
  return childTexts(element, 'error').map((message, index) => ({
    message: message.trim(),
    code: codes[index] ?? codes.at(-1) ?? 1,
  }));
}

function asText(reply: string | Uint8Array): string {
  if (typeof reply === 'string') return reply;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(reply);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_ANSWER', 'the answer is not UTF-8', { cause });
  }
}

function badRequest(why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_REQUEST', `the request is not usable: ${why}`);
}

function badAnswer(why: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_ANSWER',
    `the management node's answer is not usable: ${why}`,
    { hint: 'does XCAT= name an xCAT daemon?' },
  );
}

function refused(words: string): StateliteError {
  return new StateliteError('ERR_STATELITE_ANSWER', `the management node says: ${words}`, {
    hint: 'does it know the address of this node, and do its nodetype and policy rows allow an answer?',
  });
}
