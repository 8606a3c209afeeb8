import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStanzas, stanzaHead, stanzaLines } from '../../../../../mgmt/core/objects/stanza.ts';
import { objectTypes } from '../../../../../mgmt/core/objects/types.ts';
import { hostileNames } from '../../../../helpers/hostile.ts';
import { failure } from '../../../../helpers/rows.ts';

const plain = (text: string) =>
  parseStanzas(text).map(({ type, name, attributes }) => [
    type.name,
    name,
    Object.fromEntries(attributes),
  ]);

const definition = (name: string, values: Readonly<Record<string, string>>) => {
  const entries = Object.entries(values).map(
    ([attribute, value]) => [attribute, { value, from: '', stored: '' }] as const,
  );
  return { type: objectTypes.litefile, name, attributes: new Map(entries), problems: [] };
};

test('whatever is written is read back', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileNames));
  const values = fc.dictionary(fc.constantFrom('options', 'usercomment', 'disable'), text);
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 3 }), values, (names, attributes) => {
      const lines = names.flatMap((name) => stanzaLines(definition(name, attributes)));
      const read = plain([stanzaHead, ...lines].join('\n'));
      expect(read).toEqual(names.map((name) => ['litefile', name, { ...attributes }]));
    }),
  );
});

test('an ordinary object is written as xCAT writes it', () => {
  expect(stanzaLines(definition('ALL:/etc/motd', { options: 'link,ro' }))).toEqual([
    '',
    'ALL:/etc/motd:',
    '    objtype=litefile',
    '    options=link,ro',
  ]);
});

describe('a stanza file', () => {
  test('may be loosely written, with comments and quotes', () => {
    const text =
      '# x\nn1 :\r\n objtype = node\n\tos="debian12"\n  # y\n\nn2:\nobjtype=node\nos=say "x"\n';
    expect(plain(text)).toEqual([
      ['node', 'n1', { os: 'debian12' }],
      ['node', 'n2', { os: 'say "x"' }],
    ]);
  });

  test('has defaults for what follows, cumulative, which a blank one takes away', () => {
    const text = [
      'n0:',
      'objtype=node',
      'default-node:',
      'os=a',
      'arch=b',
      'n1:',
      'objtype=node',
      'os=c',
      'default-node:',
      'arch=',
      'mgt=ipmi',
      'n2:',
      'objtype=node',
      'g:',
      'objtype=group',
    ].join('\n');
    expect(plain(text)).toEqual([
      ['node', 'n0', {}],
      ['node', 'n1', { os: 'c', arch: 'b' }],
      ['node', 'n2', { os: 'a', mgt: 'ipmi' }],
      ['group', 'g', {}],
    ]);
  });

  test.for([
    ['os=x', 'stanza line 1: an attribute stands before'],
    ['n1:\nos=x', 'stanza line 1: n1 has no objtype'],
    ['n1:\nobjtype=node\nrubbish', 'stanza line 3: "rubbish" is neither'],
    ['n1:\nobjtype=nodes', "'nodes' is not a valid type"],
    ['n1:\nobjtype=node\nn1:\nobjtype=node', 'has node n1 twice'],
  ] as const)('%j is refused', ([text, message]) => {
    expect(() => parseStanzas(text)).toThrow(failure('ERR_STATELITE_USAGE', message));
  });
});
