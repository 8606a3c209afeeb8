import { describe, expect, test } from 'vitest';
import { parseHello, parseWelcome } from '../../../../mgmt/consoles/greeting.ts';
import { consolePlaces } from '../../../../mgmt/consoles/place.ts';
import { failure } from '../../../helpers/rows.ts';

describe('a greeting', () => {
  test('names a node and what one comes for', () => {
    expect(parseHello('{"node": "cn01", "mode": "spy", "more": 1}')).toEqual({
      node: 'cn01',
      mode: 'spy',
    });
  });

  test.for([
    '',
    'cn01',
    '[]',
    'null',
    '{"node": 1, "mode": "spy"}',
    '{"node": "a", "mode": "own"}',
  ])('is not %s', (line) => {
    expect(parseHello(line)).toBeUndefined();
  });
});

describe('the answer', () => {
  test('says what one may, or what is wrong', () => {
    expect(parseWelcome('{"attached": "write"}')).toEqual({ attached: 'write' });
    expect(parseWelcome('{"error": "no", "hint": 1}')).toEqual({ error: 'no', hint: undefined });
    expect(parseWelcome('{"attached": "all"}')).toBeUndefined();
  });
});

describe('the places of consoles', () => {
  const { lock, log, socket } = consolePlaces('/var/lib/statelite');

  test('are below the state', () => {
    expect(log('cn01')).toBe('/var/lib/statelite/consoles/cn01.log');
    expect(socket).toBe('/var/lib/statelite/consoles/server');
    expect(lock).toBe('/var/lib/statelite/consoles.lock'); // who empties the directory of the logs leaves it
  });

  test.for(['../etc/passwd', '.', 'a/b', ''])('has no log for %j', (node) => {
    expect(() => log(node)).toThrow(failure('ERR_STATELITE_HARDWARE'));
  });

  test('cannot be deeper than a socket can', () => {
    expect(() => consolePlaces(`/${'x'.repeat(100)}`)).toThrow(failure('ERR_STATELITE_CONFIG'));
  });
});
