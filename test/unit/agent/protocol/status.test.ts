import { expect, test } from 'vitest';
import {
  formatStatusTime,
  parseStatusLine,
  statusRequest,
} from '../../../../agent/protocol/status.ts';

test.for([
  ['installstatus netbooting', { verb: 'installstatus', status: 'netbooting' }],
  ['installstatus booted\r', { verb: 'installstatus', status: 'booted' }],
  ['installstatus postbooting booted', { verb: 'installstatus', status: 'booted' }],
  ['installstatus booted nosuchword', { verb: 'installstatus', status: 'booted' }],
  ['installstatus nosuchword', { verb: 'installstatus', status: undefined }],
  ['installstatus', { verb: 'installstatus', status: undefined }],
  ['next', { verb: 'next' }],
  ['hpcbootstatus sshd=up', { verb: 'hpcbootstatus', report: 'sshd=up' }],
  ['hpcbootstatus sshd', { verb: 'hpcbootstatus', report: undefined }],
  ['hpcbootstatus a=b,c=d', { verb: 'hpcbootstatus', report: undefined }],
  ['hpcbootstatus a=b c=d', { verb: 'hpcbootstatus', report: undefined }],
  ['locktftpdir', { verb: 'locktftpdir' }],
  ['unlocktftpdir', { verb: 'unlocktftpdir' }],
  ['getpostscript', { verb: 'getpostscript' }],
  ['nextdestiny', { verb: 'unknown', line: 'nextdestiny' }],
  ['installmonitor', { verb: 'installmonitor' }],
  ['basecustremv next', { verb: 'unknown', line: 'basecustremv next' }],
  ['', { verb: 'unknown', line: '' }],
] as const)('"%s" is decided by its exact first word', ([line, expected]) => {
  expect(parseStatusLine(line)).toEqual(expected);
});

test('what the client writes is what the server reads', () => {
  expect(parseStatusLine(statusRequest('powering-off'))).toEqual({
    verb: 'installstatus',
    status: 'powering-off',
  });
});

test('statustime is month first, in local time', () => {
  expect(formatStatusTime(new Date(2026, 0, 9, 3, 4, 5))).toBe('01-09-2026 03:04:05');
});
