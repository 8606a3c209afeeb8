import { expect, test } from 'vitest';
import { consoleWords } from '../../../../mgmt/bootfiles/console-words.ts';
import { value } from './kernel-values.ts';

const words = (port: string, speed: string, flow = '', arch = 'x86_64') =>
  consoleWords('n1', arch, {
    serialport: value(port, 'serialport'),
    serialspeed: value(speed),
    serialflow: value(flow),
  }).join(' ');

test.for([
  ['x86_64', 'ttyS0'],
  ['aarch64', 'ttyAMA0'],
  ['ppc64le', 'hvc0'],
  ['ppc64', 'hvc0'],
] as const)('the first serial port of %s is %s', ([arch, device]) => {
  expect(words('0', '115200', '', arch)).toBe(`console=tty0 console=${device},115200`);
});

test('a port may be the name of its device, for machines that have another one', () => {
  expect(words('ttyS1', '9600', '', 'aarch64')).toBe('console=tty0 console=ttyS1,9600');
});

test.for([
  ['hard', 'n8r'],
  ['rtscts', ''],
  ['ctsrts', 'n8r'],
  ['tcs', 'n8r'],
  ['soft', ''],
])('flow control %s ends the word with %j, as in stock', ([flow = '', end = '']) => {
  expect(words('1', '9600', flow)).toBe(`console=tty0 console=ttyS1,9600${end}`);
});

test('without a port there is no console', () => {
  expect(words('', '115200', 'hard')).toBe('');
});

test("a port without a speed is refused in stock's words, and what is no port", () => {
  expect(() => words('0', '')).toThrow(
    'serialport defined, but no serialspeed for n1 in nodehm table',
  );
  for (const port of ['COM1:', '/dev/ttyS0', '-1', 'ttyS', '0,x']) {
    expect(() => words(port, '9600')).toThrow(`serialport ${JSON.stringify(port)} is no serial`);
  }
});
