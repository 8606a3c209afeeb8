import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { layout, mountPointOf } from '../../../../agent/rules/layout.ts';
import { type Option, storeOf } from '../../../../agent/rules/options.ts';
import { components, parsePath } from '../../../../agent/rules/path.ts';
import { formatSave, nothingSaved, parseSave } from '../../../../agent/rules/save.ts';
import { hostileNames, refusedNames } from '../../../helpers/hostile.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { situationOf } from '../../../helpers/situations.ts';
import { memoryView } from '../../../helpers/views.ts';

const anyName = fc.constantFrom(...hostileNames);
const anySlash = fc.constantFrom('/', '//', '///');

/** Names below /srv, joined by one or more slashes. */
const anyWritten = fc
  .record({
    names: fc.array(anyName, { minLength: 1, maxLength: 6 }),
    slash: anySlash,
    end: fc.constantFrom('', '/', '//'),
  })
  .map(({ names, slash, end }) => ({
    file: `${slash}srv${slash}${names.join(slash)}${end}`,
    path: `/srv/${names.join('/')}`,
    directory: end !== '',
  }));

describe('1.2 hostile names', () => {
  test('are taken byte for byte, one component each; only doubled slashes vanish', () => {
    fc.assert(
      fc.property(anyWritten, ({ file, path, directory }) => {
        expect(parsePath(file)).toEqual({ path, directory });
        expect(`/${components(path).join('/')}`).toBe(path);
      }),
    );
  });

  test.for(refusedNames)('%j is refused wherever it stands', (name) => {
    for (const file of [`/${name}`, `/${name}/x`, `/srv/${name}/x/`, `//srv//${name}//`]) {
      expect(() => parsePath(file)).toThrow(failure('ERR_STATELITE_ROW', JSON.stringify(file)));
    }
  });

  test('of two letters that look the same are two names', () => {
    const files = ['/etc/\u00e9', '/etc/e\u0301', '/etc/\u00df', '/etc/ss'];
    const rows = files.map((file, index) => row(file, index % 2 === 0 ? 'tmpfs' : 'ro'));
    const { entries } = entriesOf(rows, memoryView({}), nothingSaved);
    expect([...entries.keys()].toSorted()).toEqual(files.toSorted());
  });

  test('a hundred directories deep, and 3,000 bytes long, a path is listed like any other', () => {
    for (const path of [`/srv${'/d'.repeat(100)}`, `/srv${`/${'x'.repeat(199)}`.repeat(15)}`]) {
      const { entries } = entriesOf([row(path)], memoryView({ [path]: 'x' }), nothingSaved);
      expect([...entries.values()]).toMatchObject([{ path, type: 'file', original: path }]);
      expect(parseSave(formatSave('img', savedAs(path, 'dir', 'link')))).toEqual(
        savedAs(path, 'dir', 'link'),
      );
    }
  });
});

function savedAs(path: string, type: 'file' | 'dir', option: Option) {
  return { entries: new Map([[path, { path, type, option }]]), made: new Map([[path, type]]) };
}

describe('1.3 litefile.save', () => {
  test('is read as it was written, whatever the names', () => {
    const anyPath = anyWritten.map(({ path }) => path);
    const anyType = fc.constantFrom('file' as const, 'dir' as const);
    const anyOption = fc.constantFrom<Option>('tmpfs', 'link', 'link,persistent', 'localdisk');
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPath, anyType, anyOption), { maxLength: 5 }), (list) => {
        const saved = {
          entries: new Map(list.map(([path, type, option]) => [path, { path, type, option }])),
          made: new Map(list.map(([path, type]) => [path, type])),
        };
        expect(parseSave(formatSave('rhel9-compute', saved))).toEqual(saved);
      }),
    );
  });
});

describe('5.3 mount points of trees', () => {
  const anyServer = fc.constantFrom(undefined, 'mn', 'a-b', '10.0.0.1', '[fd00::1]', '..', '$(id)');
  const anyDirectory = fc
    .array(fc.oneof(anyName, fc.constantFrom('a', 'b-c', 'b', 'c', 'x2d')), { maxLength: 4 })
    .map((names) => `/${names.join('/')}`);
  const anyLocation = fc.record({ server: anyServer, directory: anyDirectory });

  test('differ for different locations, and are two plain names below the directory of mounts', () => {
    fc.assert(
      fc.property(anyLocation, anyLocation, (one, other) => {
        const points = [one, other].map(mountPointOf);
        const isSame = one.server === other.server && one.directory === other.directory;
        expect(points[0] === points[1]).toBe(isSame);
        for (const point of points) {
          const [server = '', directory = '', ...rest] = point
            .slice(layout.trees.length + 1)
            .split('/');
          expect(rest).toEqual([]);
          for (const name of [server, directory]) {
            expect(name).toMatch(/^(?!\.)[\w:.[\]\\-]{1,255}$/u);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('3 steps', () => {
  const anyOption = fc.constantFrom<Option>(
    'tmpfs',
    'persistent',
    'localdisk',
    'ro',
    'con',
    'link',
  );

  test('name the listed path as it is, in the source, in the store and on the node', () => {
    fc.assert(
      fc.property(anyWritten, anyOption, ({ path }, option) => {
        const trees = { 'mn:/lite': { [path]: 'x' } };
        const { steps } = plan(situationOf({ rows: [row(path, option)], trees }));
        const names = JSON.stringify(path).slice(1, -1);
        const own = steps.slice(1).filter(({ kind }) => kind !== 'record');
        expect(own.length).toBeGreaterThan(0);
        for (const step of own) expect(JSON.stringify(step)).toContain(`${names}"`);
        const places = {
          tmpfs: layout.tmpfs,
          persistent: layout.persistent,
          localdisk: layout.localdisk,
          none: '/.statelite/mnt/mn/lite',
        };
        const copied = own.flatMap((step) => ('to' in step ? [step.to] : []));
        const bound = own.flatMap((step) => (step.kind === 'bind' ? [step.source] : []));
        expect([...copied, ...bound][0]).toBe(places[storeOf(option)] + path);
      }),
    );
  });
});
