import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documents, linkTarget } from '../../helpers/documents.ts';

const root = join(import.meta.dirname, '../../..');

test.for(documents())('every link of $file leads to a file', (document) => {
  const links = [...document.text.matchAll(/\]\(([^)\s]+)\)/gu)].map(([, link = '']) => link);
  const targets = links.map((link) => linkTarget(document, link));
  const broken = targets.filter((path) => path !== undefined && !existsSync(join(root, path)));
  expect(broken).toEqual([]);
});
