import { type FileHandle, open } from 'node:fs/promises';
import { StateliteError } from '../../agent/errors.ts';

/** The volume descriptors begin after 16 sectors (ECMA-119, 6.2.1). */
const sector = 2048;
const descriptors = 16 * sector;

/**
 * Whether a file or block device is an ISO 9660 image. ERR_STATELITE_IMAGE if it is empty, is cut
 * off, or holds only UDF.
 */
export async function isIso(path: string, handle: FileHandle): Promise<boolean> {
  const stats = await handle.stat();
  if (stats.isFile() && stats.size === 0) {
    throw bad(`${path} is empty`, 'was it downloaded to its end?');
  }
  const descriptor = Buffer.alloc(sector);
  await handle.read(descriptor, 0, sector, descriptors);
  const id = descriptor.toString('latin1', 1, 6);
  if (id === 'BEA01' || id === 'NSR02' || id === 'NSR03') {
    throw bad(`${path} holds a UDF file system only`, 'mount it, and give the directory');
  }
  if (id !== 'CD001') return false;
  const whole = descriptor.readUInt32LE(80) * descriptor.readUInt16LE(128);
  if (stats.isFile() && stats.size < whole) {
    throw bad(
      `${path} is cut off: it has ${stats.size} of ${whole} bytes`,
      'download it again, and compare its checksum',
    );
  }
  return true;
}

/** Opens what `-i` and copies read; the words are xCAT's. ERR_STATELITE_NOT_FOUND if it cannot be read. */
export async function openMediumFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_NOT_FOUND',
      `The management server was unable to find/read ${path}. Ensure that file exists on the server at the specified location.`,
      { cause },
    );
  }
}

function bad(message: string, hint: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', message, { hint });
}
