import type { BootFile } from '../../../../mgmt/bootfiles/layout.ts';
import { prepareBootFiles } from '../../../../mgmt/bootfiles/prepare.ts';
import { writeBootFiles } from '../../../../mgmt/bootfiles/write.ts';

/** Writes boot files as nodeset does. Throws what keeps one from its place. */
export async function writeAll(tftpdir: string, files: readonly BootFile[]): Promise<void> {
  const { changed, blocked } = await prepareBootFiles(tftpdir, files);
  for (const error of blocked.values()) throw error;
  await writeBootFiles(tftpdir, changed);
}
