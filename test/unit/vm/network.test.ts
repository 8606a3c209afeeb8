import { describe, expect, test } from 'vitest';
import { droppedElement, enterArgv } from '../../../vm/network.ts';

describe('a program inside the lab', () => {
  test('is started in the holder’s namespaces, with the working directory kept', () => {
    expect(enterArgv(42, ['showmount', '-e'], { cwd: '/root/a b' })).toEqual([
      'nsenter', '-t', '42', '-m', '-n', '-p',
      'env', '-C', '/root/a b', 'showmount', '-e',
    ]); // prettier-ignore
  });

  test('gets its variables as words, so that no shell reads them', () => {
    const argv = enterArgv(42, ['id'], { cwd: '/', env: { STATELITE_ETC: '/lab/$x' } });
    expect(argv.slice(-2)).toEqual(['STATELITE_ETC=/lab/$x', 'id']);
  });
});

test('a drop is for an address, or for one port of it', () => {
  expect(droppedElement('10.77.0.2')).toBe('dropped { 10.77.0.2 }');
  expect(droppedElement('10.77.0.1', 2049)).toBe('dropped_ports { 10.77.0.1 . 2049 }');
});
