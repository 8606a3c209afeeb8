import { expect, test } from 'vitest';
import { deviceNumber } from '../../../../agent/files/device-number.ts';

// Taken with makedev(3).
test.for([
  [0, 0, 0],
  [1, 3, 0x103],
  [8, 300, 0x10082c],
  [4095, 255, 0xfffff],
  [4095, 1_048_575, 0xffffffff],
  [5000, 1, 0x100000038801],
] as const)('the device %i:%i has the number %i', ([major, minor, number]) => {
  expect(deviceNumber({ major, minor })).toBe(number);
});
