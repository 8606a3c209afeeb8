import type { StockFields } from '../../agent/protocol/stock-reply.ts';
import type { Performed } from './deps.ts';

/**
 * The responses that xCAT's clients expect for what a verb printed, as recorded: what it warned of
 * and why it failed first, each in a response of its own, then its lines in the elements of the
 * command. A client prints every one of them as the lines that they were.
 */
export function shapeOutput(command: string, performed: Performed): StockFields[] {
  const { out, warnings, errors, code } = performed;
  const shape = shapes.get(command) ?? dataTogether;
  return [
    ...warnings.map((warning) => ({ warning: [warning] })),
    ...errors.map((error) => ({ error: [error], errorcode: [String(code)] })),
    ...(out.length > 0 ? shape(out) : []),
  ];
}

type Shape = (lines: readonly string[]) => StockFields[];

const infoEach: Shape = (lines) => withBlankLines(lines).map((line) => ({ info: [line] }));
const infoTogether: Shape = (lines) => [{ info: lines }];
const dataTogether: Shape = (lines) => [{ data: lines }];

const objectList: Shape = (lines) => {
  const objects = lines.filter((line) => line.startsWith('Object name: ')).length;
  return [{ info: lines, numofnodes: [String(Math.max(objects, 1))] }];
};

const nodeBlocks: Shape = (lines) => {
  const names = new Set(lines.map((line) => parts(line)[0]));
  return [{ node: lines.map(nodeBlock) }, { numofnodes: [String(names.size)] }];
};

const nodeStates: Shape = (lines) =>
  lines.map((line) => {
    const [name, text = ''] = parts(line);
    return { node: [{ name: [name], data: [text] }] };
  });

const shapes: ReadonlyMap<string, Shape> = new Map([
  ['litefile', infoEach],
  ['litetree', infoEach],
  ['ilitefile', infoEach],
  ['lslite', infoEach],
  ['lsdef', objectList],
  ['mkdef', infoTogether],
  ['chdef', infoTogether],
  ['rmdef', infoTogether],
  ['nodels', nodeBlocks],
  ['nodeset', nodeStates],
]);

/** `n1`, or `n1: value`, or `n1: table.column: value`. */
function nodeBlock(line: string): StockFields {
  const [name, text] = parts(line);
  if (text === undefined) return { name: [name] };
  const [, desc, contents = ''] = /^(\w+\.\w+): (.*)$/su.exec(text) ?? [];
  const data = desc === undefined ? { contents: [text] } : { desc: [desc], contents: [contents] };
  return { name: [name], data: [data] };
}

function parts(line: string): [name: string, text?: string] {
  const at = line.indexOf(': ');
  return at === -1 ? [line] : [line.slice(0, at), line.slice(at + 2)];
}

/** A client ends each text with a line break: two blank lines are the text "\n", one ends a text. */
function withBlankLines(lines: readonly string[]): string[] {
  const texts: string[] = [];
  let blank = 0;
  const flush = () => {
    if (blank % 2 === 1) texts.push(texts.length === 0 ? '' : `${texts.pop()}\n`);
    for (let pairs = blank >> 1; pairs > 0; pairs -= 1) texts.push('\n');
    blank = 0;
  };
  for (const line of lines) {
    if (line === '') blank += 1;
    else {
      flush();
      texts.push(line);
    }
  }
  flush();
  return texts;
}
