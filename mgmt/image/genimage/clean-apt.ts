import { namesIfThere } from '../../../agent/files/if-there.ts';
import { buildOptionsFile } from './install-apt.ts';
import type { ImageTree } from './inside.ts';

const directory = '/etc/apt/sources.list.d';

/**
 * Takes out of an image of apt what was for the build alone: mmdebstrap's options, and sources of
 * packages that were copied from this machine (mmdebstrap writes all it was given).
 */
export async function cleanApt(tree: ImageTree): Promise<void> {
  await tree.remove(buildOptionsFile);
  for (const name of await namesIfThere(await tree.at(directory), 'ENOTDIR')) {
    if (!name.endsWith('.sources')) continue;
    const path = `${directory}/${name}`;
    const before = (await tree.read(path)) ?? '';
    const stanzas = before.split(/\n(?:[ \t]*\n)+/);
    const kept = stanzas.filter((stanza) => !/^URIs:.*\bcopy:/im.test(stanza));
    if (kept.length < stanzas.length) await tree.write(path, `${kept.join('\n\n').trimEnd()}\n`);
  }
}
