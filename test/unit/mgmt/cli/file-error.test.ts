import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { explainedFileError } from '../../../../mgmt/cli/file-error.ts';

type Code = 'EACCES' | 'EPERM' | 'EISDIR' | 'ENOTDIR' | 'EROFS' | 'ENOSPC' | 'EDQUOT' | 'EBADF';

/** As Node makes them. */
function systemError(code: Code, more: object): Error {
  const errno = -constants.errno[code];
  return Object.assign(new Error(`${code}: as Node words it`), { code, errno, ...more });
}

test.for<[Code, string, string, RegExp]>([
  ['EACCES', 'open', 'cannot open /x: permission denied', /root/u],
  ['EPERM', 'unlink', 'cannot remove /x: operation not permitted', /root/u],
  ['EISDIR', 'read', 'cannot read /x: illegal operation on a directory', /name a file/u],
  ['ENOTDIR', 'scandir', 'cannot list /x: not a directory', /is a file/u],
  ['EROFS', 'mkdir', 'cannot make the directory /x: read-only file system', /writable/u],
  ['ENOSPC', 'write', 'cannot write /x: no space left on device', /df -h \/x/u],
  ['EDQUOT', 'copyfile', 'cannot use /x: disk quota exceeded', /df -h \/x/u],
  ['EACCES', 'spawn /x', 'cannot run /x: permission denied', /root/u],
])('%s of %s is told with the path and what to do', ([code, syscall, message, hint]) => {
  expect(explainedFileError(systemError(code, { syscall, path: '/x' }))).toMatchObject({
    code: 'ERR_STATELITE_FILE',
    message,
    hint: expect.stringMatching(hint),
  });
});

test('of two paths it is the one that was to be made', () => {
  const error = systemError('EACCES', { syscall: 'rename', path: '/x.new', dest: '/x' });
  expect(explainedFileError(error)).toHaveProperty(
    'message',
    'cannot replace /x: permission denied',
  );
});

test.for([
  systemError('EBADF', { syscall: 'read', path: '/x' }),
  systemError('EACCES', { syscall: 'listen', address: '::', port: 80 }),
  new StateliteError('ERR_STATELITE_IMAGE', 'told already'),
  new Error('a bug'),
])('anything else stays as it is: %s', (error) => {
  expect(explainedFileError(error)).toBe(error);
});
