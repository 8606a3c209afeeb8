import { describe, expect, test } from 'vitest';
import { parseHosts, renderHosts, rivals } from '../../../../mgmt/setup/hosts-block.ts';
import { clashes } from '../../../../mgmt/setup/hosts-clashes.ts';
import { hostLines, nodeOfLine } from '../../../../mgmt/setup/hosts-lines.ts';
import { mergeLines } from '../../../../mgmt/setup/hosts-merge.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const cluster = clusterOf({
  nodelist: ['n1', 'n2', 'n3', 'n4'].map((node) => ({ node })),
  hosts: [
    { node: 'n1', ip: '10.77.0.11', hostnames: 'one,first uno' },
    { node: 'n2', ip: '10.78.0.12', otherinterfaces: '-ib0:10.1.0.12, bmc2:fd77::12' },
    { node: 'n4', ip: '10.77.0.14', hostnames: 'evil\n10.0.0.1' },
  ],
  networks: [{ net: '10.77.0.0', mask: '255.255.255.0', domain: 'boot.example' }],
  site: [{ key: 'domain', value: 'c.example' }],
});

describe('the lines of nodes', () => {
  test('short name, long name with the domain of the network, aliases', () => {
    const { lines, notes } = hostLines(['n1', 'n2'], cluster);
    expect(lines.get('n1')).toEqual(['10.77.0.11 n1 n1.boot.example one first uno']);
    expect(lines.get('n2')).toEqual([
      '10.78.0.12 n2 n2.c.example',
      '10.1.0.12 n2-ib0 n2-ib0.c.example # n2',
      'fd77::12 bmc2 bmc2.c.example # n2',
    ]);
    expect(notes).toEqual([]);
  });

  test('the long name comes first if it is asked for', () => {
    expect(hostLines(['n1'], cluster, { longFirst: true }).lines.get('n1')).toEqual([
      '10.77.0.11 n1.boot.example n1 one first uno',
    ]);
  });

  test('each tells its node', () => {
    const { lines } = hostLines(['n1', 'n2'], cluster, { longFirst: true });
    const named = [...lines].map(([node, own]) => [node, new Set(own.map(nodeOfLine))]);
    expect(named).toEqual([
      ['n1', new Set(['n1'])],
      ['n2', new Set(['n2'])],
    ]);
  });

  test('what would break the file is left out, with the reason', () => {
    const { lines, notes } = hostLines(['n3', 'n4'], cluster);
    expect(lines.size).toBe(1);
    expect(lines.get('n4')?.join('')).not.toContain('\n');
    expect(notes).toEqual(['n3 is left out: it has no address']);
    const bad = clusterOf({
      nodelist: [{ node: 'n1' }, { node: 'n2' }],
      hosts: [
        { node: 'n1', ip: 'localhost' },
        { node: 'n2', ip: '10.0.0.2', hostnames: '#x' },
      ],
    });
    expect(hostLines(['n1', 'n2'], bad).notes).toEqual([
      'n1 is left out: "localhost" of n1 is no address',
      'n2 is left out: "#x" is no host name',
    ]);
  });
});

test('a node with a dot in its name is told by its line too', () => {
  const dotted = clusterOf({
    nodelist: [{ node: 'n1.rack' }],
    hosts: [{ node: 'n1.rack', ip: '10.0.0.1' }],
  });
  const [line = ''] = hostLines(['n1.rack'], dotted).lines.get('n1.rack') ?? [];
  expect(line).toBe('10.0.0.1 n1 n1.rack # n1.rack');
  expect(nodeOfLine(line)).toBe('n1.rack');
});

describe('what cannot be meant', () => {
  test.for<[string, string[], string[]]>([
    ['nothing', ['10.0.0.1 n1 n1.x', 'fd00::1 n1', '10.0.0.2 n1-ib0 # n1'], []],
    [
      'a name twice, in other letters',
      ['10.0.0.1 n1', '10.0.0.2 n2 N1'],
      ['N1 is 10.0.0.1 and 10.0.0.2'],
    ],
    [
      'an address of two nodes',
      ['10.0.0.1 n1', '10.0.0.1 n2'],
      ['10.0.0.1 belongs to n1 and to n2'],
    ],
    ['an address of one node twice', ['10.0.0.1 n1', '10.0.0.1 n1-bmc # n1'], []],
  ])('%s', ([, lines, expected]) => {
    expect(clashes(lines)).toEqual(expected);
  });

  test('is said of all lines, whichever of them were changed', () => {
    const { notes } = mergeLines(['10.77.0.11 n2'], ['n1'], cluster, { new: false, delete: false });
    expect(notes).toEqual(['10.77.0.11 belongs to n1 and to n2']);
  });
});

describe('a change of some nodes', () => {
  const now = ['10.0.0.9 gone', '10.9.9.9 n1', '10.1.1.1 n2', '10.1.1.2 x # n2'];
  const change = { new: false, delete: false };

  test('replaces their lines, and leaves those of others', () => {
    const { lines } = mergeLines(now, ['n1'], cluster, change);
    expect(lines).toEqual([
      '10.77.0.11 n1 n1.boot.example one first uno',
      '10.1.1.1 n2',
      '10.1.1.2 x # n2',
      '10.0.0.9 gone',
    ]);
  });

  test('of all nodes drops those of nodes that no table knows any more', () => {
    const { lines } = mergeLines(now, undefined, cluster, change);
    expect(lines.join('\n')).not.toContain('gone');
    expect(lines[0]).toContain(' n1 ');
  });

  test('-n drops those of others', () => {
    expect(mergeLines(now, ['n1'], cluster, { ...change, new: true }).lines).toHaveLength(1);
  });

  test('-d removes them, and all without nodes', () => {
    const remove = { ...change, delete: true };
    expect(mergeLines(now, ['n2'], cluster, remove).lines).toEqual([
      '10.0.0.9 gone',
      '10.9.9.9 n1',
    ]);
    expect(mergeLines(now, undefined, cluster, remove).lines).toEqual([]);
  });
});

const at = (text: string) => parseHosts(text, '/etc/hosts');

describe('the block of a hosts file', () => {
  const around = { before: '127.0.0.1 localhost\n', after: '# tail\n' };

  test.for(['', '127.0.0.1 localhost\n', '127.0.0.1 localhost'])(
    'comes after %o and goes again, byte for byte but for the last line end',
    (text) => {
      const written = renderHosts(at(text), ['10.0.0.1 n1']);
      const found = at(written);
      expect(found).toMatchObject({ lines: ['10.0.0.1 n1'], isChanged: false, after: '' });
      expect(renderHosts(found, [])).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    },
  );

  test('keeps its place between what others wrote', () => {
    const empty = { ...around, lines: undefined, isChanged: false };
    const first = renderHosts(empty, ['10.0.0.1 n1']);
    const second = renderHosts(at(first), ['10.0.0.2 n1']);
    expect(at(second)).toEqual({ ...around, lines: ['10.0.0.2 n1'], isChanged: false });
  });

  test('tells that it was changed by hand', () => {
    const written = renderHosts(at(''), ['10.0.0.1 n1', '10.0.0.2 n2']);
    expect(at(written.replace('10.0.0.1', '10.0.0.9')).isChanged).toBe(true);
    expect(at(written.replace(/^# sha256.*\n/mu, '')).isChanged).toBe(true);
  });

  test.for([
    ['no end', (text: string) => text.replace('# <<< statelite\n', '')],
    ['a second beginning', (text: string) => text + text],
  ] as const)('with %s is refused', ([what, damage]) => {
    const text = damage(renderHosts(at(''), ['10.0.0.1 n1']));
    expect(() => at(text)).toThrow(
      expect.objectContaining({ message: `/etc/hosts: the block of makehosts has ${what}` }),
    );
  });

  test('names that others have with another address are known', () => {
    const file = {
      ...around,
      before: '10.9.9.9 n1 n1.x # n2\n10.0.0.3 n3\n',
      lines: [],
      isChanged: false,
    };
    expect(rivals(file, ['10.0.0.1 n1', '10.0.0.2 n2', '10.0.0.3 n3'])).toEqual(['n1']);
  });
});
