import { expect, test } from 'vitest';
import { shapeOutput } from '../../../../mgmt/daemon/stock-shape.ts';

const said = (out: string[], more = {}) => ({ out, warnings: [], errors: [], code: 0, ...more });

test.for([
  ['litefile', ['n1: a', 'n1: b'], [{ info: ['n1: a'] }, { info: ['n1: b'] }]],
  ['tabdump', ['#a', '"1"'], [{ data: ['#a', '"1"'] }]],
  ['gettab', ['x'], [{ data: ['x'] }]],
  ['chdef', ['1 object changed'], [{ info: ['1 object changed'] }]],
  ['constructor', ['x'], [{ data: ['x'] }]],
  ['nodeset', ['n1: boot'], [{ node: [{ name: ['n1'], data: ['boot'] }] }]],
  ['nodels', ['n1', 'n2'], [{ node: [{ name: ['n1'] }, { name: ['n2'] }] }, { numofnodes: ['2'] }]],
  [
    'nodels',
    ['n1: a: b', 'n1: hosts.ip: 10.0.0.1', 'n1: '],
    [
      {
        node: [
          { name: ['n1'], data: [{ contents: ['a: b'] }] },
          { name: ['n1'], data: [{ desc: ['hosts.ip'], contents: ['10.0.0.1'] }] },
          { name: ['n1'], data: [{ contents: [''] }] },
        ],
      },
      { numofnodes: ['1'] },
    ],
  ],
  [
    'lsdef',
    ['Object name: n1', '    arch=x', 'Object name: n2'],
    [{ info: ['Object name: n1', '    arch=x', 'Object name: n2'], numofnodes: ['2'] }],
  ],
  ['nodels', [], []],
] as const)('%s: %j', ([command, out, responses]) => {
  expect(shapeOutput(command, said([...out]))).toEqual(responses);
});

test('blank lines are ends of texts, and texts of their own two by two', () => {
  const lines = ['', 'a', '', 'b', '', '', 'c', '', '', ''];
  const texts = shapeOutput('lslite', said(lines)).flatMap(({ info = [] }) => info);
  expect(texts).toEqual(['', 'a\n', 'b', '\n', 'c\n', '\n']);
  expect(texts.flatMap((text) => (typeof text === 'string' ? text.split('\n') : []))).toEqual(
    lines,
  );
});

test('warnings and errors come first, each in a response of its own', () => {
  const warned = said(['x'], { warnings: ['w'], errors: ['e', 'f'], code: 2 });
  expect(shapeOutput('tabdump', warned)).toEqual([
    { warning: ['w'] },
    { error: ['e'], errorcode: ['2'] },
    { error: ['f'], errorcode: ['2'] },
    { data: ['x'] },
  ]);
});
