import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  endsStockReply,
  parseStockReply,
  isStockAbort,
  parseStockRequest,
  renderStockError,
  renderStockLines,
  stockInfo,
  stockLitefileRows,
  stockLitetreeRows,
  stockRequest,
} from '../../../../agent/protocol/stock-xml.ts';

/** Bytes recorded from a stock xcatd. */
const recorded = (name: string) =>
  readFileSync(new URL(`../../../fixtures/xcatd/${name}`, import.meta.url), 'utf8');

const answer = (message: string) =>
  expect.objectContaining({
    code: 'ERR_STATELITE_ANSWER',
    message: expect.stringContaining(message),
  });

const response = (inner: string) =>
  `<xcatresponse>${inner}</xcatresponse><xcatresponse><serverdone/></xcatresponse>`;

describe('replies of a stock daemon', () => {
  test('the recorded litefile reply gives a row for each line', () => {
    const rows = stockLitefileRows(stockInfo(parseStockReply(recorded('node-litefile.rsp'))));
    expect(rows).toHaveLength(44);
    expect(rows[0]).toEqual({
      file: '/etc/adjtime',
      options: 'tmpfs,rw',
      specificity: 'image',
    });
    expect(rows[1]).toMatchObject({ file: '/etc/everywhere.conf', options: 'link' });
  });

  test('the recorded litetree reply keeps the order and the mount options', () => {
    const rows = stockLitetreeRows(stockInfo(parseStockReply(recorded('node-litetree.rsp'))));
    expect(rows.map(({ priority, directory, mntopts }) => [priority, directory, mntopts])).toEqual([
      ['1', '10.99.0.1:/lite/node/n1', ''],
      ['2', '10.99.0.1:/lite/profile/rhcompute/Linux', 'soft,timeo=30'],
      ['3', '10.99.0.1:/lite/common', ''],
      ['4', '/local/only', ''],
    ]);
  });

  test('data elements keep their line feeds and get their entities back', () => {
    const { data, done } = parseStockReply(recorded('node-getpartition-script.rsp'));
    expect(data).toEqual(['type=script', '#!/bin/sh\n', 'echo "a < b && c > d"\n']);
    expect(done).toBe(true);
  });

  test('a denied request is an error with the words and the code of the server', () => {
    const reply = parseStockReply(recorded('node-denied-getpartition.rsp'));
    expect(reply.errors).toEqual([{ message: 'Permission denied for request', code: 1 }]);
    expect(() => stockInfo(reply)).toThrow(answer('Permission denied for request'));
  });

  test('the usage text an unknown node gets is an error, not a list', () => {
    const reply = parseStockReply(recorded('unknown-host-litefile.rsp'));
    expect(() => stockInfo(reply)).toThrow(answer('Usage: litefile <noderange>'));
  });

  test('an error inside a node block counts', () => {
    const reply = parseStockReply(
      response('<node><name>n1</name><error>no profile</error><errorcode>2</errorcode></node>'),
    );
    expect(reply.errors).toEqual([{ message: 'no profile', code: 2 }]);
  });

  test('lines for two nodes are refused: an answer is about one', () => {
    const { info } = parseStockReply(recorded('root-litetree-range.rsp'));
    expect(() => stockLitetreeRows(info)).toThrow(answer('lines for n1 and n2'));
  });

  test('a path keeps blanks, colons and entities', () => {
    const lines = ['n1: persistent    /a b/c:d & "e" <f>'];
    const { info } = parseStockReply(renderStockLines(lines, 'mn'));
    expect(stockLitefileRows(info)).toEqual([
      { file: '/a b/c:d & "e" <f>', options: 'persistent', specificity: 'image' },
    ]);
  });

  test('a reply is complete with serverdone only', () => {
    const text = recorded('node-litefile.rsp');
    expect(endsStockReply(text)).toBe(true);
    expect(endsStockReply(text.slice(0, -20))).toBe(false);
    expect(endsStockReply('')).toBe(false);
    const cut = text.slice(0, text.indexOf('</xcatresponse>') + '</xcatresponse>\n'.length);
    expect(() => stockInfo(parseStockReply(cut))).toThrow(answer('before serverdone'));
  });

  test('a connection closed without a word is an empty reply that is not done', () => {
    expect(parseStockReply('')).toEqual({ info: [], data: [], errors: [], done: false });
  });

  test.for([
    ['<xcatresponse><info>x</info>', 'ends inside <xcatresponse>'],
    ['<xcatresponse></info></xcatresponse>', '</info> closes nothing'],
    ['<!DOCTYPE x [<!ENTITY a "b">]><xcatresponse/>', 'not an element'],
    ['<?xml version="1.0"?><xcatresponse/>', 'not an element'],
    ['<xcatresponse a="b"></xcatresponse>', 'not an element'],
    ['<xcatresponse><![CDATA[x]]></xcatresponse>', 'not an element'],
    ['<xcatresponse>&lol;</xcatresponse>', 'unknown entity'],
    ['<xcatresponse>&#65;</xcatresponse>', 'unknown entity'],
    ['<xcatresponse>a & b</xcatresponse>', 'unknown entity'],
    ['<html></html>', '<html> instead of <xcatresponse>'],
    ['HTTP/1.1 400 Bad Request', 'text outside of elements'],
    ['<a>'.repeat(9), 'nest deeper'],
    ['<xcatresponse>\0</xcatresponse>', 'NUL'],
  ] as const)('%s is refused', ([text, why]) => {
    expect(() => parseStockReply(text)).toThrow(answer(why));
  });

  test('bytes that are no UTF-8 are refused', () => {
    expect(() => parseStockReply(Uint8Array.of(0x3c, 0xff))).toThrow(answer('UTF-8'));
  });

  test('a line that is no list entry is refused', () => {
    expect(() => stockLitefileRows(['n1: tmpfs relative'])).toThrow(answer('no litefile line'));
    expect(() => stockLitefileRows(['denied'])).toThrow(answer('no list line'));
  });
});

describe('what our daemon writes', () => {
  test('lists have the bytes of the stock daemon', () => {
    for (const name of ['node-litefile.rsp', 'node-litetree.rsp']) {
      const bytes = recorded(name);
      expect(renderStockLines(parseStockReply(bytes).info, 'mn')).toBe(bytes);
    }
  });

  test('errors have the bytes of the stock daemon', () => {
    expect(renderStockError('Permission denied for request', 1)).toBe(
      recorded('node-denied-getpartition.rsp'),
    );
    expect(renderStockError('Unsupported request')).toBe(recorded('root-unsupported-command.rsp'));
  });
});

describe('requests', () => {
  test('a request has the bytes of a stock node', () => {
    expect(stockRequest('litefile')).toBe(recorded('node-litefile.req'));
  });

  test('a command is read with what it is about', () => {
    const text =
      '<xcatrequest>\n <command>tabdump</command><noderange>n2</noderange><arg>site</arg><arg>-d</arg>\n</xcatrequest>\n';
    expect(parseStockRequest(text)).toEqual({
      command: 'tabdump',
      noderange: 'n2',
      args: ['site', '-d'],
    });
  });

  test('ranges and nodes are one list; input and mark are read, other elements are not', () => {
    const about =
      '<noderange>a</noderange><node> n1\n</node><node>n2</node><environment><X>1</X></environment>';
    const rest = '<stdin>a=1\n</stdin><transid>7</transid><username>root</username>';
    const text = `<xcatrequest><command>chdef</command>${about}${rest}</xcatrequest>`;
    expect(parseStockRequest(text)).toEqual({
      command: 'chdef',
      args: [],
      noderange: 'a,n1,n2',
      stdin: 'a=1\n',
      transid: '7',
    });
  });

  test('a request to give up is told from others', () => {
    const abort = '<xcatrequest><abortcommand>1</abortcommand></xcatrequest>';
    expect(isStockAbort(abort)).toBe(true);
    expect(isStockAbort(stockRequest('litefile'))).toBe(false);
  });

  test.for([
    '<xcatrequest></xcatrequest>',
    `<xcatrequest><command>a</command>${'<arg/>'.repeat(10_000)}</xcatrequest>`,
    `<xcatrequest>${'<a>'.repeat(10)}<command>a</command>${'</a>'.repeat(10)}</xcatrequest>`,
    '<?xml version="1.0"?><xcatrequest><command>a</command></xcatrequest>',
    '<xcatrequest><command><![CDATA[a]]></command></xcatrequest>',
    '<xcatrequest><command>&#65;</command></xcatrequest>',
    '<xcatrequest><command a="b">a</command></xcatrequest>',
    '<xcatrequest><!-- --><command>a</command></xcatrequest>',
    '<xcatrequest><command>a</command><command>b</command></xcatrequest>',
    '<xcatrequest><command>a</command></xcatrequest><xcatrequest/>',
    '<other><command>a</command></other>',
    '<xcatrequest><command>a</command>&boom;</xcatrequest>',
  ])('%s is refused', (text) => {
    expect(() => parseStockRequest(text)).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_REQUEST' }),
    );
  });

  test('the recorded bad XML is refused', () => {
    expect(() => parseStockRequest(recorded('bad-xml.req'))).toThrow('not usable');
  });
});
