import { expect, test } from 'vitest';
import { replayable } from '../../../../mgmt/consoles/replayable.ts';

const again = (text: string) => replayable(Buffer.from(text)).toString();

test.for([
  ['where the cursor is', '\u001B[6n'],
  ['what it is', '\u001B[c'],
  ['what it is, in the second way', '\u001B[>0c'],
  ['what it is, in the old way', '\u001BZ'],
  ['its name', '\u0005'],
  ['its size', '\u001B[18t'],
  ['a mode', '\u001B[?2026$p'],
  ['a colour', '\u001B]10;?\u0007'],
  ['a setting', '\u001BP$qm\u001B\\'],
] as const)('a terminal is not asked again %s', ([, question]) => {
  expect(again(`login${question}: `)).toBe('login: ');
});

test('colours and letters stay', () => {
  expect(again('\u001B[1;31mfailed\u001B[0m é')).toBe('\u001B[1;31mfailed\u001B[0m é');
});

test('it begins with a line, unless there is one only', () => {
  expect(again('[31mhalf a line\r\nlogin: ')).toBe('login: ');
  expect(again('login: ')).toBe('login: ');
  expect(again('login: \n')).toBe('login: \n');
});

test('bytes that are no text stay as they are', () => {
  const bytes = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x1b, 0x5b]);
  expect(replayable(bytes)).toEqual(bytes);
});
