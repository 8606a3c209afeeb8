import { describe, expect, test } from 'vitest';
import { inTime, milliseconds, patienceFor } from '../../../vm/patience.ts';

describe('a duration', () => {
  test.for([
    ['200ms', 200],
    ['1.5s', 1500],
    ['90s', 90_000],
    ['2min', 120_000],
  ] as const)('%s is %i milliseconds', ([text, expected]) => {
    expect(milliseconds(text)).toBe(expected);
  });

  test('that is none is refused', () => {
    expect(() => milliseconds('-1s')).toThrow('"-1s" is not a duration');
  });

  test('is longer where the processor is emulated', () => {
    expect(patienceFor('kvm')('10s')).toBe(10_000);
    expect(patienceFor('tcg')('10s')).toBe(60_000);
  });
});

describe('inTime', () => {
  test('gives what the promise gives', async () => {
    expect(await inTime(Promise.resolve(7), 1000, 'counting')).toBe(7);
  });

  test('says what took too long', async () => {
    await expect(inTime(new Promise(() => {}), 1, 'cn01: the reboot')).rejects.toMatchObject({
      code: 'ERR_STATELITE_VM',
      message: 'cn01: the reboot took longer than 0.001 s',
    });
  });
});
