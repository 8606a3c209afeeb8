import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { describe as say, type Change } from '../../../../agent/plan/step.ts';
import { layout } from '../../../../agent/rules/layout.ts';
import { ancestors, isBelow, isWithin } from '../../../../agent/rules/path.ts';
import { anyImage, anyRows, attempt } from '../../../helpers/arbitrary.ts';
import { row } from '../../../helpers/rows.ts';
import { situationOf, store } from '../../../helpers/situations.ts';
import { memoryView } from '../../../helpers/views.ts';

const fromTree = { root: '/.statelite/mnt/mn/one', path: '/srv/d' };
const fromImage = { root: '/.default', path: '/srv/d' };

describe('5.8 what a step says of itself', () => {
  test.for<[Change, string]>([
    [
      { kind: 'copy', from: fromTree, to: '/.statelite/tmpfs/srv/d' },
      'copy /.statelite/mnt/mn/one/srv/d to /.statelite/tmpfs/srv/d',
    ],
    [
      { kind: 'copy', from: { root: '/', path: '/etc/f' }, to: '/.statelite/tmpfs/etc/f' },
      'copy /etc/f to /.statelite/tmpfs/etc/f',
    ],
    [
      { kind: 'concatenate', from: [fromTree, fromImage], to: '/T' },
      'concatenate /.statelite/mnt/mn/one/srv/d, /.default/srv/d into /T',
    ],
    [
      {
        kind: 'merge',
        from: [fromTree, fromImage],
        to: '/T',
        path: '/srv/d',
        leaveOut: [],
        bare: [],
        only: 'everything',
      },
      'fill /T/ from /.statelite/mnt/mn/one/srv/d, /.default/srv/d',
    ],
    [
      {
        kind: 'merge',
        from: [fromImage],
        to: '/P',
        path: '/srv/d',
        leaveOut: [],
        bare: [],
        only: 'missing names',
      },
      'complete /P/ from /.default/srv/d',
    ],
    [{ kind: 'symlink', path: '/T', target: '/P' }, 'link /T to /P'],
    [{ kind: 'mount-point', path: '/P', type: 'file' }, 'make the mount point /P'],
    [{ kind: 'mount-point', path: '/P', type: 'dir' }, 'make the mount point /P/'],
    [{ kind: 'remove-mount-point', path: '/P', type: 'dir' }, 'remove the unused mount point /P'],
    [{ kind: 'bind', source: '/T', target: '/p', readonly: false }, 'bind /T on /p'],
    [{ kind: 'bind', source: '/T', target: '/p', readonly: true }, 'bind /T on /p read-only'],
    [
      { kind: 'record', store: 'persistent', list: 'filled', lines: ['/a', '/b'] },
      'record 2 filled paths of the persistent store',
    ],
  ])('%o', ([step, words]) => {
    expect(say(step)).toBe(words);
  });
});

/** Where a step writes; nowhere if it only mounts. */
function written(step: Change): string[] {
  if ('to' in step) return [step.to];
  return 'path' in step ? [step.path] : [];
}

describe('no step leaves its place', () => {
  const places = [layout.tmpfs, layout.persistent, layout.localdisk, layout.volatile];

  test('whatever links the image, the trees and the stores hold', () => {
    const any = fc.tuple(anyRows, anyImage, anyImage, anyImage, anyImage, fc.boolean());
    fc.assert(
      fc.property(any, ([rows, raw, tree, kept, disk, isListed]) => {
        const lists = isListed ? { filled: rows.map(({ file }) => file) } : {};
        const found = attempt(() => {
          const situation = situationOf({ rows, image: raw, trees: { 'mn:/one': tree } });
          const [persistent, localdisk] = [store(kept, lists), store(disk, lists)];
          return { situation, steps: plan({ ...situation, persistent, localdisk }).steps };
        });
        fc.pre(found !== undefined);
        const stores = new Map([
          [layout.persistent as string, memoryView(kept)],
          [layout.localdisk, memoryView(disk)],
        ]);
        const links = new Set(
          found.steps.flatMap((step) => (step.kind === 'symlink' ? [step.path] : [])),
        );
        for (const path of found.steps.flatMap(written)) {
          expect(path.split('/')).not.toContain('..');
          const place = places.find((one) => isWithin(path, one)) ?? '';
          expect(places).toContain(place);
          const view = stores.get(place);
          const inStore = [...ancestors(path), path].filter((above) => isBelow(above, place));
          for (const above of inStore) {
            expect(view?.at(above.slice(place.length)).type).not.toBe('link');
            expect(above !== path && links.has(above)).toBe(false);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test.for(['/etc/a b', '/etc/$(reboot)', '/etc/..x', '/etc/a\\..\\b', '/etc/\u202e', '/etc/a\r'])(
    '%j is one path and nothing else',
    (file) => {
      const { steps } = plan(situationOf({ rows: [row(file)], image: { [file]: 'x' } }));
      expect(steps.filter(({ kind }) => kind === 'copy' || kind === 'bind').slice(1)).toMatchObject(
        [
          { from: { root: '/.default', path: file }, to: `/.statelite/tmpfs${file}` },
          { source: `/.statelite/tmpfs${file}`, target: file },
        ],
      );
    },
  );
});
