import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CopyCalls } from '../../../agent/files/copy.ts';
import { liteimg } from '../../../mgmt/image/liteimg/liteimg.ts';
import type { Files, Workload } from './workload.ts';

/** What lies below the directory of a workload; the image is mounted read-only on `root`. */
export const parts = { image: 'image', trees: ['tree1', 'tree2'], root: 'root' } as const;

/** Writes image and trees below `at`, and prepares the image for the table. */
export async function plantWorkload(at: string, work: Workload, calls: CopyCalls): Promise<void> {
  const image = join(at, parts.image);
  await plant(image, work.image);
  for (const [index, name] of parts.trees.entries()) {
    await plant(join(at, name), work.trees[index] ?? {});
  }
  await mkdir(join(at, parts.root));
  await liteimg(
    { root: image, image: 'bench', rows: work.rows, postscripts: '/none', profile: 'bench' },
    calls,
  );
}

async function plant(root: string, files: Files): Promise<void> {
  await mkdir(root);
  for (const [path, text] of Object.entries(files)) {
    const place = join(root, path);
    await mkdir(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (!path.endsWith('/')) await writeFile(place, text);
  }
}
