import { expect, test } from 'vitest';
import { createJsonLog } from '../../../../mgmt/daemon/daemon-log.ts';

test('a line of the JSON log is one object with the fields there are', () => {
  const lines: string[] = [];
  const log = createJsonLog(
    (text) => void lines.push(text),
    () => new Date(0),
  );
  log.info('n1: status booted', { node: 'n1', peer: '10.0.0.1', name: undefined, took: 3 });
  log.error('failed\n    at once');
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"n1: status booted","node":"n1","peer":"10.0.0.1","took":3}\n',
    String.raw`{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"failed\n    at once"}` +
      '\n',
  ]);
});

test('what a client said can neither end the line nor move the cursor of a terminal', () => {
  const lines: string[] = [];
  createJsonLog((text) => void lines.push(text)).warn('a\u001B[2J\u009B2J\u202E\n\u2028b');
  const [line = ''] = lines;
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}](?!$)/u);
  expect(JSON.parse(line)).toMatchObject({ message: 'a\u001B[2J\u009B2J\u202E\n\u2028b' });
});
