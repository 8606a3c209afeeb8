import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../../mgmt/main.ts';
import { tables } from '../../../mgmt/db/tables.ts';
import { nameOf } from '../../../mgmt/cli/parse.ts';
import { partsOf, readPages, verbOfPage, verbPage } from '../../../scripts/docs/pages.ts';
import { ownPages } from '../../../scripts/docs/table.ts';
import { verbs } from '../../../scripts/docs/verbs.ts';

const pages = await readPages(join(import.meta.dirname, '../../../docs/man'));

describe('docs/man', () => {
  test.for(pages)('$file is what scripts/docs.ts writes', ({ now, wanted }) => {
    expect(now).toBe(wanted);
  });

  test('has a page with a generated part for each verb, and no page of a verb that is gone', () => {
    const parts = pages
      .filter(({ file }) => verbOfPage(file) !== undefined)
      .map((page) => `${page.file}: ${partsOf(page).join()}`);
    expect(new Set(parts)).toEqual(
      new Set(verbs.map(nameOf).map((name) => `${verbPage(name)}: verb ${name}`)),
    );
  });

  test('describes every table', () => {
    const parts = pages.flatMap(partsOf);
    expect(parts).toEqual(
      expect.arrayContaining(['other tables', ...ownPages.map((name) => `table ${name}`)]),
    );
    expect(Object.keys(tables)).toEqual(expect.arrayContaining([...ownPages]));
  });

  test('knows the verbs that --help lists, in its order', async () => {
    const listed = [...(await help()).matchAll(/^ {2}statelite (\w+)/gmu)].map(([, name]) => name);
    expect(verbs.map(nameOf)).toEqual(listed);
  });
});

async function help(): Promise<string> {
  let text = '';
  await main(['--help'], {
    env: {},
    cwd: '/',
    names: [],
    directory: '/',
    out: (chunk) => (text += chunk),
    err: () => {},
    stdin: () => Promise.resolve(''),
    stderr: 'plain',
  });
  return text;
}
