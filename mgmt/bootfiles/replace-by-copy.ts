import { constants } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { besideNames } from './beside.ts';

/** Puts a copy of a file at `to`, whole or not at all, for all to read. */
export async function replaceByCopy(from: string, to: string): Promise<void> {
  const beside = besideNames()(to);
  try {
    await copyFile(from, beside, constants.COPYFILE_FICLONE);
    await publish(beside, to);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Gives a file that was made beside its place that place, once all of it is on the disk. */
export async function publish(beside: string, to: string): Promise<void> {
  await using file = await open(beside, 'r+');
  await file.chmod(0o644); // whatever the umask is: dnsmasq reads as nobody
  await file.sync();
  await rename(beside, to);
}
