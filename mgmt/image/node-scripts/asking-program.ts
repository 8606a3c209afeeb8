import type { ImageTree } from '../genimage/inside.ts';

/** What an image lacks for its nodes to ask the management node anything once they have booted. */
export async function askingProgramNote(tree: ImageTree): Promise<string | undefined> {
  for (const name of ['curl', 'openssl']) {
    for (const directory of ['/usr/bin', '/bin']) {
      if (await tree.exists(`${directory}/${name}`)) return undefined;
    }
  }
  return 'the image has neither curl nor openssl: its nodes run no postscripts and do not say that they have booted';
}
