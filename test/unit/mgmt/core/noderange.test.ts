import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexCluster } from '../../../../mgmt/core/cluster.ts';
import { expandNoderange, newNames } from '../../../../mgmt/core/noderange.ts';
import { attempt, shuffled } from '../../../helpers/arbitrary.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const nodelist = [
  ...['cn01', 'cn02', 'cn03', 'cn10'].map((node) => ({ node, groups: 'compute,all' })),
  { node: 'login', groups: 'all, front' },
  { node: 'my-node1' },
  { node: 'my-node2' },
  { node: 'node7', groups: 'rack2' },
  { node: '8', groups: 'rack3' },
  { node: 'old', groups: 'compute', disable: '1' },
];
const cluster = clusterOf({
  nodelist,
  nodegroup: [
    { groupname: 'empty' },
    { groupname: 'compute' },
    { groupname: 'ipmi', grouptype: 'dynamic', wherevals: 'mgt==ipmi' },
    { groupname: 'rack3', grouptype: 'dynamic', wherevals: 'node=~^my-' },
  ],
  nodehm: [
    { node: 'compute', mgt: 'ipmi' },
    { node: 'cn03', mgt: 'hmc' },
  ],
});

describe('a noderange', () => {
  test.for<[string, string[]]>([
    ['login', ['login']],
    ['login,cn01,login', ['cn01', 'login']],
    ['compute', ['cn01', 'cn02', 'cn03', 'cn10']],
    ['front,cn01', ['cn01', 'login']],
    ['empty', []],
    ['', []],
    ['cn[01-03]', ['cn01', 'cn02', 'cn03']],
    ['cn[01,10]', ['cn01', 'cn10']],
    ['cn01-cn03', ['cn01', 'cn02', 'cn03']],
    ['cn01:cn03', ['cn01', 'cn02', 'cn03']],
    ['cn01+2', ['cn01', 'cn02', 'cn03']],
    ['my-node1-my-node2', ['my-node1', 'my-node2']],
    ['my-node1', ['my-node1']],
    ['compute,-cn[01-02]', ['cn03', 'cn10']],
    ['-cn01,compute', ['cn02', 'cn03', 'cn10']],
    ['all@compute', ['cn01', 'cn02', 'cn03', 'cn10']],
    ['(cn01,login)@front', ['login']],
    ['all,-(cn[01-03],login)', ['cn10']],
    ['"cn01, cn02"', ['cn01', 'cn02']],
    ["'cn01'", ['cn01']],
    ['7', ['node7']],
    ['7-8', ['8', 'node7']],
    ['8', ['8']],
    ['rack2-rack3', ['my-node1', 'my-node2', 'node7']],
    ['cn0[1-2]', ['cn01', 'cn02']],
    ['/cn0\\d', ['cn01', 'cn02', 'cn03']],
    ['/n0', []],
    ['/cn.*|login', ['cn01', 'cn02', 'cn03', 'cn10', 'login']],
    ['/my-node[[:digit:]]', ['my-node1', 'my-node2']],
    ['ipmi', ['cn01', 'cn02', 'cn10']],
    ['rack3', ['my-node1', 'my-node2']],
    ['ipmi,-cn10', ['cn01', 'cn02']],
    ['all@ipmi@/.*1', ['cn01']],
    ['nodehm.mgt==ipmi', ['cn01', 'cn02', 'cn10']],
    ['nodehm.mgt=hmc', ['cn03']],
    ['mgt=~mi$,cn03', ['cn01', 'cn02', 'cn03', 'cn10']],
    ['compute@nodehm.mgt!=ipmi', ['cn03']],
    ['compute@nodehm.mgt!~/^ip/', ['cn03']],
    ['groups==rack2', ['node7']],
    ['-cn01', []],
    [Array.from({ length: 100 }, () => '((cn01))').join(','), ['cn01']],
    ['(compute,-cn01),-(login,cn02)', ['cn03', 'cn10']],
    ['(-cn01,compute),cn01', ['cn01', 'cn02', 'cn03', 'cn10']],
  ])('"%s"', ([range, nodes]) => {
    expect(expandNoderange(range, cluster)).toEqual(nodes);
  });

  test.for<[string, string]>([
    ['cn04', 'cn04'],
    ['cn01,nosuch,neither', 'nosuch,neither'],
    ['cn[01-05]', 'cn04,cn05'],
    ['old', 'old'],
    ['(cn01', '(cn01'],
    ['cn[01', 'cn[01'],
    ['9', '9'],
    ['a=b', 'a=b'],
    ['cn[01-02]]', 'cn[01-02]]'],
    ['cn0[1[2]]', 'cn0[1[2]]'],
    ['cn01-login', 'cn01-login'],
    ['cn01-cn02-cn03', 'cn01-cn02-cn03'],
  ])('"%s" is refused, naming what is unknown', ([range, unknown]) => {
    expect(() => expandNoderange(range, cluster)).toThrow(
      failure('ERR_STATELITE_NODERANGE', `Invalid nodes and/or groups in noderange: ${unknown}`),
    );
  });

  test('with very many unknown names tells some of them and how many more', () => {
    expect(() => expandNoderange('x[1-5000]', cluster)).toThrow(
      failure('ERR_STATELITE_NODERANGE', 'x1,x2,', 'x100 and 4900 more'),
    );
  });

  test.for<[string, string]>([
    ['nodehm.power', 'Invalid nodes and/or groups'],
    ['cn[99-01]', 'counts down'],
    [Array.from({ length: 20 }, () => 'cn[00000-09999]').join(','), 'more than 100000 names'],
    [`${'('.repeat(70)}cn01${')'.repeat(70)}`, 'parentheses'],
    ['^/tmp/nodes', 'no list of nodes is read here'],
  ])('"%s" is refused: %s', ([range, problem]) => {
    expect(() => expandNoderange(range, cluster)).toThrow(
      failure('ERR_STATELITE_NODERANGE', problem),
    );
  });

  test.for<[string, string]>([
    ['nodehn.mgt==ipmi', 'there is no table nodehn'],
    ['nodehm.nothing==1', 'nodehm has no column nothing'],
    ['site.value==1', 'site has no rows for nodes'],
    ['/cn(', 'is no regex'],
    ['mgt=~*', 'is no regex'],
    [`/${'a'.repeat(300)}`, 'too long'],
  ])('"%s" is not understood: %s', ([range, problem]) => {
    expect(() => expandNoderange(range, cluster)).toThrow(failure('ERR_STATELITE_USAGE', problem));
  });

  test.for(['/cn.*', '^/tmp/nodes', 'nodehm.mgt=~x', 'cn01,(all@mgt!~x)'])(
    'of plain items only may not hold "%s"',
    (range) => {
      const options = { plainOnly: true, readList: () => 'cn01' };
      expect(() => expandNoderange(range, cluster, options)).toThrow(
        failure('ERR_STATELITE_NODERANGE', 'only names, groups and spans'),
      );
    },
  );

  test('of plain items only may hold names, groups, spans and equality', () => {
    const range = 'cn[01-02],ipmi,login@front,nodehm.mgt==hmc';
    expect(expandNoderange(range, cluster, { plainOnly: true })).toHaveLength(5);
  });

  test('of plain items only still leaves out what a regex of site.excludenodes names', () => {
    const excluding = clusterOf({ nodelist, site: [{ key: 'excludenodes', value: '/cn0.' }] });
    expect(expandNoderange('compute', excluding, { plainOnly: true })).toEqual(['cn10']);
  });

  test('never includes what site.excludenodes names, even if that is gone', () => {
    const site = [{ key: 'excludenodes', value: 'cn02,gone' }];
    expect(expandNoderange('compute', clusterOf({ nodelist, site }))).toEqual([
      'cn01',
      'cn03',
      'cn10',
    ]);
  });
});

/** `^nodes,login` with a file of that text. */
function read(text: string): string[] {
  const readList = (file: string) => (file === 'nodes' ? text : '');
  return expandNoderange('^nodes,login', cluster, { readList });
}

describe('a file of nodes', () => {
  test('names one item a line: the first word, up to a blank, colon or tab', () => {
    expect(read('cn01 the first\ncn02:x\ncn[03-03]\track\nfront\n')).toEqual([
      'cn01',
      'cn02',
      'cn03',
      'login',
    ]);
  });

  test.for(['# cn01', '^cn01', '', '  cn01', '\r'])('the line "%s" is skipped', (line) => {
    expect(read(`${line}\ncn10\r\n`)).toEqual(['cn10', 'login']);
  });

  test('names no further file', () => {
    expect(() => read('(^nodes)')).toThrow(failure('ERR_STATELITE_NODERANGE', '^nodes'));
  });

  test('may not name what is not there', () => {
    expect(() => read('cn99')).toThrow(failure('ERR_STATELITE_NODERANGE', 'cn99'));
  });
});

describe('every noderange', () => {
  const piece = fc.constantFrom(
    ...'cn 01 [ ] - : + ( ) @ , = =~ !~ ^ / .* 9 compute login nodehm.mgt ipmi " \\ | { ?'.split(
      ' ',
    ),
    ' ',
    '\n',
    '\0',
  );

  test('names nodes of the cluster or is refused with a reason', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (range) => {
          const nodes = attempt(() => expandNoderange(range, cluster, { readList: () => range }));
          expect((nodes ?? []).every((node) => cluster.nodes.has(node))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('that spells out nodes gives these, however it does', () => {
    const span = fc.tuple(fc.nat(90), fc.nat(9), fc.constantFrom('-', ':', '+', '[-]', '[:]'));
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 4 }), (spans) => {
        const names = spans.flatMap(([from, more]) =>
          Array.from({ length: more + 1 }, (_, index) => named(from + index)),
        );
        const nodes = clusterOf({ nodelist: [...new Set(names)].map((node) => ({ node })) });
        const range = spans.map(written).join(',');
        expect(expandNoderange(range, nodes)).toEqual([...new Set(names)].toSorted());
      }),
    );
  });

  test('means the same whatever the order of the rows', () => {
    const ranges = ['all,-ipmi', 'ipmi', 'compute@mgt!=ipmi', '/.*1', '(all@compute),7'];
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...ranges), (seed, range) => {
        const { nodegroup, nodehm } = cluster.rows;
        const other = indexCluster({
          ...cluster.rows,
          nodelist: shuffled(cluster.rows.nodelist, seed),
          nodegroup: shuffled(nodegroup, seed),
          nodehm: shuffled(nodehm, seed),
        });
        expect(expandNoderange(range, other)).toEqual(expandNoderange(range, cluster));
      }),
    );
  });
});

describe('names for new nodes', () => {
  test.for<[string, string[]]>([
    ['a1', ['a1']],
    ['a[1-2]b[08-10]', ['a1b08', 'a1b09', 'a1b10', 'a2b08', 'a2b09', 'a2b10']],
    ['a9+2', ['a9', 'a10', 'a11']],
    ['a[1-2,5]-x', ['a1-x', 'a2-x', 'a5-x']],
    ['a1:a3', ['a1', 'a2', 'a3']],
    ['r1n1-r1n3,r1n2', ['r1n1', 'r1n2', 'r1n3']],
    ['r1n1-r2n2', ['r1n1-r2n2']],
    ['a1-b1', ['a1-b1']],
  ])('"%s"', ([range, names]) => {
    expect(newNames(range)).toEqual(names);
  });

  test.for([
    'a[1-999999]',
    'a[1-999][1-999]',
    'a1+1000000',
    `a[1-${'9'.repeat(400)}]`,
    'a1-a99999999999999999999',
  ])('"%s" is refused: nobody has so many', (range) => {
    expect(() => newNames(range)).toThrow(failure('ERR_STATELITE_NODERANGE', 'names'));
  });

  test('a span that counts down is refused', () => {
    expect(() => newNames('a[9-1]')).toThrow(failure('ERR_STATELITE_NODERANGE', 'counts down'));
  });
});

function named(number: number): string {
  return `r1-n${String(number).padStart(3, '0')}`;
}

/** The nodes from a number on, and so many more, in one form of a span. */
function written([from, more, form]: [number, number, string]): string {
  const [first, last] = [named(from), named(from + more)];
  if (form === '+') return `${first}+${more}`;
  if (form.startsWith('[')) return `r1-n[${first.slice(-3)}${form.charAt(1)}${last.slice(-3)}]`;
  return first === last ? first : first + form + last;
}
