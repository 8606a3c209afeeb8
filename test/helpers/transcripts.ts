import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { childTexts, type Element, parseElements } from '../../agent/protocol/elements.ts';

const directory = join(import.meta.dirname, '../fixtures/xcatd');

/** What root's client asked a stock daemon, and what it got. */
export interface Transcript {
  readonly name: string;
  /** The same command line here: verb, noderange if there is one, the other words. */
  readonly argv: readonly string[];
  /** The lines that xCAT's client makes of the reply, errors left out. */
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

/** The recorded requests of root for these verbs, with their replies. */
export function recordedTranscripts(verbs: readonly string[]): Transcript[] {
  const names = readdirSync(directory)
    .filter((file) => file.startsWith('root-') && file.endsWith('.req'))
    .map((file) => basename(file, '.req'));
  return names
    .map((name) => ({ name, argv: argvOf(name), ...replyOf(name) }))
    .filter(({ argv: [verb = ''] }) => verbs.includes(verb));
}

/** A table as `tabdump` printed it; a file that `tabrestore` takes. */
export function recordedTable(table: string): string {
  return replyOf(`root-tabdump-${table}`).lines.join('\n');
}

function argvOf(name: string): string[] {
  const [request] = elementsOf(`${name}.req`);
  if (request === undefined) throw new Error(`${name}.req is empty`);
  return ['command', 'noderange', 'arg'].flatMap((part) => childTexts(request, part));
}

function replyOf(name: string): Pick<Transcript, 'lines' | 'errors'> {
  const parts = elementsOf(`${name}.rsp`).flatMap(({ children }) => children);
  return {
    lines: parts.flatMap(linesOf),
    errors: parts.filter((part) => part.name === 'error').map(({ text }) => text.trim()),
  };
}

/** The client ends each text with a line break, whether it holds some or not. */
function linesOf(part: Element): string[] {
  switch (part.name) {
    case 'info':
    case 'data':
      return part.text.split('\n');
    case 'node':
      return nodeLines(part);
    default:
      return [];
  }
}

/** `n1`, or `n1: rhcompute`, with the description before the contents if there is one. */
function nodeLines(node: Element): string[] {
  const [name = ''] = childTexts(node, 'name');
  const data = node.children.filter((child) => child.name === 'data');
  if (data.length === 0) return [name];
  return data.map((part) =>
    [name, ...childTexts(part, 'desc'), ...childTexts(part, 'contents')].join(': '),
  );
}

function elementsOf(file: string): Element[] {
  const text = readFileSync(join(directory, file), 'utf8');
  return parseElements(text, (why) => new Error(`${file}: ${why}`));
}
