import { expect, test } from 'vitest';
import { renderStockResponse } from '../../../../agent/protocol/stock-reply.ts';

test('elements are sorted, nested by two blanks, and escaped', () => {
  expect(
    renderStockResponse({
      xcatdsource: ['mn'],
      node: [{ name: ['n1'], data: [{ contents: ['<é>'] }] }],
    }),
  ).toBe(
    `<xcatresponse>
  <node>
    <data>
      <contents>&lt;é&gt;</contents>
    </data>
    <name>n1</name>
  </node>
  <xcatdsource>mn</xcatdsource>
</xcatresponse>
`,
  );
});

test('an element without text is written with both tags, one without values not at all', () => {
  expect(renderStockResponse({ serverdone: [''], info: [] })).toBe(
    '<xcatresponse>\n  <serverdone></serverdone>\n</xcatresponse>\n',
  );
});
