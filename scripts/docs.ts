import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPages } from './docs/pages.ts';

/** Brings the generated parts of docs/man up to date, and says which pages changed. */
const directory = join(import.meta.dirname, '../docs/man');
for (const { file, now, wanted } of await readPages(directory)) {
  if (now === wanted) continue;
  await writeFile(join(directory, file), wanted);
  process.stdout.write(`docs/man/${file}\n`);
}
