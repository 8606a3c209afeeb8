import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BootAnswer, decodeAnswer } from '../../../../agent/protocol/answer.ts';
import {
  formatLocation,
  parseLocation,
  splitMountOptions,
} from '../../../../agent/protocol/location.ts';
import { parseStatusLine, statusRequest, nodeStatuses } from '../../../../agent/protocol/status.ts';
import {
  parseStockReply,
  parseStockRequest,
  renderStockError,
  renderStockLines,
  stockInfo,
  stockRequest,
} from '../../../../agent/protocol/stock-xml.ts';
import { attempt } from '../../../helpers/arbitrary.ts';
import { hostileNames } from '../../../helpers/hostile.ts';

const anyName = fc.constantFrom(...hostileNames);
/** Any text that is text: no half of a surrogate pair. */
const anyText = fc.oneof(anyName, fc.string({ unit: 'grapheme', maxLength: 30 }));
const anySpecificity = fc.constantFrom(
  'image' as const,
  'group' as const,
  'ALL' as const,
  'blank' as const,
);

test('a boot answer is read as it was sent, whatever its values hold', () => {
  const anyAnswer: fc.Arbitrary<BootAnswer> = fc.record({
    node: anyText,
    image: anyText,
    litefile: fc.array(fc.record({ file: anyText, options: anyText, specificity: anySpecificity })),
    litetree: fc.array(
      fc.record({
        priority: anyText,
        directory: anyText,
        mntopts: anyText,
        specificity: anySpecificity,
      }),
    ),
    permission: fc.constantFrom('755', '0700', '1777'),
  });
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      expect(decodeAnswer(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
    }),
  );
});

test('a location is written as it was read, and read as it was written', () => {
  const server = fc.constantFrom('', 'mn:', 'mn.cluster:', '10.0.0.1:', '[fd00::1]:', 'a b:');
  const text = fc
    .tuple(server, fc.array(anyName, { maxLength: 4 }))
    .map(([host, names]) => `${host}/${names.join('/')}`);
  fc.assert(
    fc.property(fc.oneof(text, anyText), (written) => {
      const place = attempt(() => parseLocation(written));
      fc.pre(place !== undefined);
      expect(parseLocation(formatLocation(place))).toEqual(place);
      const collapsed = written.replaceAll(/\/+/gu, '/');
      const isRoot = place.directory === '/';
      expect(formatLocation(place)).toBe(isRoot ? collapsed : collapsed.replace(/\/$/u, ''));
    }),
  );
});

test('mount options are the words that were joined by commas, with blanks around them or not', () => {
  const word = anyText.filter((text) => !/[\s,]/u.test(text) && text !== '');
  const blank = fc.constantFrom('', ' ', '  ');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), blank, (words, around) => {
      const text = words.map((one) => around + one + around).join(',');
      expect(splitMountOptions(text)).toEqual(words);
    }),
  );
});

test('a stock request is read as it was sent', () => {
  const command = anyText.map((text) => text.replaceAll('\0', '').trim());
  fc.assert(
    fc.property(command, (text) => {
      expect(parseStockRequest(stockRequest(text))).toEqual({ command: text, args: [] });
    }),
  );
});

test('stock lines are read as they were sent, also as bytes', () => {
  const line = anyText.filter((text) => !text.includes('\0') && !text.startsWith('Usage:'));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), line, (lines, source) => {
      const reply = renderStockLines(lines, source);
      expect(stockInfo(parseStockReply(reply))).toEqual(lines);
      expect(stockInfo(parseStockReply(Buffer.from(reply)))).toEqual(lines);
    }),
  );
});

test('a stock error keeps its words and its code', () => {
  const words = anyText.map((text) => text.replaceAll('\0', '').trim());
  fc.assert(
    fc.property(words, fc.nat({ max: 255 }), (message, code) => {
      const { errors, done } = parseStockReply(renderStockError(message, code));
      expect({ errors, done }).toEqual({ errors: [{ message, code }], done: true });
    }),
  );
});

test('a status that a node sends is the one that is recorded; no other word is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...nodeStatuses), anyText), (status) => {
      const line = parseStatusLine(statusRequest(status));
      const known = status
        .trim()
        .split(/\s+/u)
        .findLast((word) => nodeStatuses.includes(word));
      expect(line).toEqual({ verb: 'installstatus', status: known });
    }),
  );
});
