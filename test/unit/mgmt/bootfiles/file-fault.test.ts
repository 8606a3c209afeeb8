import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { fileFault, namingFaults } from '../../../../mgmt/bootfiles/file-fault.ts';

/** As Node throws them. */
const thrown = (code: string, paths: { path?: string; dest?: string } = {}) =>
  Object.assign(new Error(`${code}: a message`), { code, ...paths });

const directory = '/nowhere/tftpboot';
const told = (error: unknown, doing?: 'read', below = directory) => {
  const fault = fileFault(error, below, doing);
  return fault instanceof StateliteError ? `${fault.message}; ${fault.hint}` : fault;
};

describe('a fault of the file system', () => {
  test.for([
    ['what was being written', { path: `${directory}/kernel` }, `${directory}/kernel`],
    ['where it was to go', { path: '/image/kernel', dest: `${directory}/k` }, `${directory}/k`],
    ['what was made beside it', { path: `${directory}/.n1.77-12.new` }, `${directory}/n1`],
    ['the directory if nothing is named', {}, directory],
  ] as const)('names %s', ([, paths, named]) => {
    const error = thrown('EROFS', paths);
    const fault = fileFault(error, directory);
    expect(fault).toMatchObject({
      code: 'ERR_STATELITE_BOOTFILE',
      message: `cannot write ${named}: the file system is read-only`,
      cause: error,
    });
  });

  test('is one of reading elsewhere, or if that is all that was done', () => {
    expect(told(thrown('EIO', { path: '/install/kernel' }))).toContain('read /install/kernel:');
    const path = `${directory}/n1`;
    expect(told(thrown('EIO', { path }))).toContain(`write ${path}:`);
    expect(told(thrown('EIO', { path }), 'read')).toContain(`read ${path}:`);
  });

  test('names what stands in the way higher up', () => {
    const path = `${import.meta.filename}/xnba/nodes`;
    expect(told(thrown('ENOTDIR', { path }), undefined, import.meta.dirname)).toBe(
      `cannot write ${import.meta.filename}: that is no directory; move away what stands there, then run this again`,
    );
  });

  test.for([
    ['ENOSPC', `df -h ${directory}`],
    ['EDQUOT', `df -h ${directory}`],
    ['EACCES', 'run it as root'],
    ['EPERM', 'run it as root'],
    ['EISDIR', 'move away'],
    ['ENOTEMPTY', 'move away'],
    ['EEXIST', 'move away'],
    ['ELOOP', 'move away'],
    ['ENAMETOOLONG', 'shorter name'],
    ['EIO', 'dmesg'],
    ['ESTALE', 'mount it again'],
  ] as const)('%s has a remedy', ([code, remedy]) => {
    expect(told(thrown(code))).toContain(remedy);
  });
});

test.for([
  ['a bug', new TypeError('x')],
  ['another errno', thrown('EBADF')],
  ['what says more already', new StateliteError('ERR_STATELITE_IMAGE', 'none')],
  ['no error', 'text'],
] as const)('%s stays as it is', async ([, error]) => {
  expect(fileFault(error, directory)).toBe(error);
  const work = namingFaults(directory, async () => {
    throw error;
  });
  await expect(work).rejects.toBe(error);
});
