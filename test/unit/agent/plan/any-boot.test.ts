import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { layout } from '../../../../agent/rules/layout.ts';
import { storeOf } from '../../../../agent/rules/options.ts';
import { isBelow, isWithin } from '../../../../agent/rules/path.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { expectedAt } from '../../../helpers/expected-node.ts';
import { anyCase, decideBoot, type MemoryBoot, memoryBoot } from '../../../helpers/memory-boot.ts';
import { memoryView, withParents } from '../../../helpers/views.ts';

/** What the stores hold, and their lists. */
function stores({ node, lists }: MemoryBoot) {
  return [node.objectsOf(layout.persistent), node.objectsOf(layout.localdisk), lists];
}

describe('whatever the table, the image, the trees and the names', () => {
  test('2, 3 every entry shows what they say, and every step finds what it needs', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const booted = memoryBoot({ ...given, kept: {}, disk: {} });
        fc.pre(booted !== undefined);
        const entries = entriesOf(given.rows, memoryView(given.image), nothingSaved);
        for (const entry of entries.entries.values()) {
          expect([entry.path, booted.node.see(entry.path)]).toEqual([
            entry.path,
            expectedAt(entry, entries, given.image, [given.one, given.two]),
          ]);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('3.1 nothing that exists in a store is overwritten or taken away', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const booted = memoryBoot(given);
        fc.pre(booted !== undefined);
        expect(booted.node.objectsOf(layout.persistent)).toMatchObject(given.kept);
        expect(booted.node.objectsOf(layout.localdisk)).toMatchObject(given.disk);
      }),
      { numRuns: 80 },
    );
  });

  test('3.1 what the node left in a directory of a store is all that it finds there again', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const empty = decideBoot({ ...given, kept: {}, disk: {} });
        fc.pre(empty !== undefined);
        const listed = [...empty.situation.entries.entries.values()];
        const directories = listed.filter(
          ({ type, option }) => type === 'dir' && storeOf(option) === 'persistent',
        );
        const left = Object.fromEntries(directories.map(({ path }) => [`${path}/left`, 'left']));
        const booted = memoryBoot({ ...given, kept: left, disk: {} });
        fc.pre(booted !== undefined);
        const added = Object.keys(booted.node.objectsOf(layout.persistent)).filter(
          (path) => !withParents(left).has(path),
        );
        const others = listed.filter((entry) => !directories.includes(entry));
        for (const path of added) {
          expect(others.some((one) => isWithin(path, one.path) || isBelow(one.path, path))).toBe(
            true,
          );
        }
      }),
      { numRuns: 80 },
    );
  });

  test('3.1 a second boot with the same table changes nothing in the stores and shows the same', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const first = memoryBoot(given);
        fc.pre(first !== undefined);
        const second = memoryBoot(given, first);
        expect(second && stores(second)).toEqual(stores(first));
        const paths = [...first.situation.entries.entries.keys()];
        expect(paths.map((path) => second?.node.see(path))).toEqual(
          paths.map((path) => first.node.see(path)),
        );
      }),
      { numRuns: 80 },
    );
  });
});
