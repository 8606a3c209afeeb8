import { describe, expect, test } from 'vitest';
import { blockNames, fillBlocks, newPage } from '../../../scripts/docs/blocks.ts';

const page = `# A page

<!-- generated: verb a -->

old

<!-- /generated -->

By hand.

<!-- generated: settings -->
<!-- /generated -->
`;

describe('generated parts of a page', () => {
  test('are written anew, and what is written by hand stays', () => {
    expect(fillBlocks(page, (name) => `new ${name}`)).toBe(`# A page

<!-- generated: verb a -->

new verb a

<!-- /generated -->

By hand.

<!-- generated: settings -->

new settings

<!-- /generated -->
`);
  });

  test('are the same when they are written twice', () => {
    const once = fillBlocks(page, (name) => `$& and $1 of ${name}`);
    expect(fillBlocks(once, (name) => `$& and $1 of ${name}`)).toBe(once);
  });

  test('have names', () => {
    expect(blockNames(page)).toEqual(['verb a', 'settings']);
    expect(blockNames(newPage('b(1)', 'verb b'))).toEqual(['verb b']);
  });
});
