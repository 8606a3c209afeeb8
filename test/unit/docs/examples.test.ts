import { describe, expect, test } from 'vitest';
import { decodeAnswer } from '../../../agent/protocol/answer.ts';
import { parseStockReply, parseStockRequest } from '../../../agent/protocol/stock-xml.ts';
import { nameOf, parseAndRun } from '../../../mgmt/cli/parse.ts';
import { validateRow } from '../../../mgmt/core/validate-row.ts';
import { parseCsv } from '../../../mgmt/db/csv.ts';
import { tables } from '../../../mgmt/db/tables.ts';
import { verbs } from '../../../scripts/docs/verbs.ts';
import { documents, fences, projectFile } from '../../helpers/documents.ts';

const names = verbs.map(nameOf);
const idle = verbs.map((verb) => ({ ...verb, handler: () => {} }));
const all = documents();

describe('examples in the documents', () => {
  const commands = all.flatMap((document) =>
    fences(document, 'console')
      .flatMap((fence) => fence.split('\n'))
      .map((line) => /^[#$] (?:statelite )?(?<words>(?<verb>[a-z]+)\b.*)$/u.exec(line)?.groups)
      .filter((found) => names.includes(found?.['verb'] ?? ''))
      .map((found) => [document.file, found?.['words'] ?? ''] as const),
  );

  test.for(commands)('%s: "%s" is understood', async ([, words]) => {
    await expect(parseAndRun(wordsOf(words), idle, '', () => {})).resolves.toBe('');
  });

  const csv = all.flatMap((document) =>
    fences(document, 'csv').map((text) => [document.file, text.split('\n', 1).join(), text]),
  );

  test.for(csv)('%s: rows of %s can be restored', ([file = '', header, text = '']) => {
    const table = Object.values(tables).find(
      ({ columns }) => `#${Object.keys(columns).join(',')}` === header,
    );
    if (table === undefined) throw new Error('no table has these columns');
    const rows = parseCsv(text, table, file);
    expect(rows.length).toBeGreaterThan(0);
    for (const { values } of rows) validateRow(table.name, values);
  });
});

describe('docs/protocol.md', () => {
  const page = { text: projectFile('docs/protocol.md') };

  test('has an answer that the agent reads', () => {
    const [answer = ''] = fences(page, 'json');
    expect(decodeAnswer(JSON.parse(answer)).litefile).toHaveLength(2);
  });

  test('has stock requests and replies that both sides read', () => {
    const texts = fences(page, 'xml');
    const requests = texts.filter((text) => text.startsWith('<xcatrequest>'));
    expect(requests.map((text) => parseStockRequest(text.trim()).command)).toEqual([
      'litefile',
      'litetree',
    ]);
    const replies = texts.filter((text) => text.startsWith('<xcatresponse>')).map(parseStockReply);
    expect(replies.every(({ done }) => done)).toBe(true);
    expect(replies.map(({ info, errors }) => [info.length, errors.length])).toEqual([
      [3, 0],
      [2, 0],
      [0, 1],
      [0, 1],
    ]);
  });
});

/** As a shell would split them, for what the examples use. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:[^\s']|'[^']*')+/gu) ?? []).map((word) => word.replaceAll("'", ''));
}
