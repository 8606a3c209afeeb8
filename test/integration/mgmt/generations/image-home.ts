import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '../../../../mgmt/image/generations/place.ts';
import { type Generations, readGenerations } from '../../../../mgmt/image/generations/read.ts';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import {
  commit,
  type Committed,
  discard,
  openStaging,
} from '../../../../mgmt/image/genimage/staging.ts';
import { type Planted, plantTree, tempRoot } from '../../../helpers/tree.ts';

export type Tree = Readonly<Record<string, Planted>>;

/** An image's directory in a directory of its own. */
export interface ImageHome extends AsyncDisposable {
  /** Holds it. */
  readonly directory: string;
  readonly rootimgdir: string;
  readonly root: string;
  readonly others: string;
  /** Builds a generation with this root and publishes it. */
  build(tree: Tree): Promise<Committed>;
  read(): Promise<Generations>;
  /** A file of the current root. */
  text(path: string): string;
  /** The names beside the image. */
  names(): string[];
}

export async function imageHome(): Promise<ImageHome> {
  const temporary = await tempRoot();
  const directory = temporary.path;
  const rootimgdir = join(directory, 'netboot/compute');
  return {
    directory,
    rootimgdir,
    root: join(rootimgdir, 'rootimg'),
    others: `${rootimgdir}.generations`,
    build: (tree) => build(rootimgdir, tree),
    read: async () => readGenerations(await placeOf(rootimgdir)),
    text: (path) => readFileSync(join(rootimgdir, 'rootimg', path), 'utf8'),
    names: () => readdirSync(`${rootimgdir}.generations`).toSorted(),
    [Symbol.asyncDispose]: () => temporary.remove(),
  };
}

/** As genimage does it: what is planted stands for the packages. */
export async function build(rootimgdir: string, tree: Tree): Promise<Committed> {
  return withImageLock(rootimgdir, async () => {
    const staging = await openStaging(rootimgdir);
    try {
      plantTree(staging.new.root, tree);
      writeFileSync(staging.new.kernel, `kernel of ${staging.number}`);
      writeFileSync(staging.new.initramfs, `initramfs of ${staging.number}`);
      return await commit(staging, { by: 'genimage compute', kernel: '6.1.0-1' });
    } catch (error) {
      await discard(staging);
      throw error;
    }
  });
}
