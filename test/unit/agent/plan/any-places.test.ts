import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, From } from '../../../../agent/plan/step.ts';
import { layout } from '../../../../agent/rules/layout.ts';
import { ancestors, isBelow, isWithin } from '../../../../agent/rules/path.ts';
import { anyCase, type DecidedBoot, decideBoot } from '../../../helpers/memory-boot.ts';

/** What a step makes, at its place. */
function made(step: Change): string[] {
  if ('to' in step) return [step.to];
  return step.kind === 'symlink' ? [step.path] : [];
}

function sources(step: Change): readonly From[] {
  if (!('from' in step)) return [];
  return step.kind === 'copy' ? [step.from] : step.from;
}

/** The places of a step that are bound, recorded or left out: paths as the table or a root has them. */
function named(step: Change): string[] {
  if (step.kind === 'bind') return [step.source, step.target];
  if (step.kind === 'record') return [...step.lines];
  return step.kind === 'merge' ? [step.path, ...step.leaveOut, ...step.bare] : [];
}

/** Pairs of which the first lies below the second. */
function upsideDown(places: readonly string[]): [string, string][] {
  return places.flatMap((place, index) =>
    places
      .slice(index + 1)
      .filter((later) => isBelow(place, later))
      .map((later): [string, string] => [place, later]),
  );
}

function always(check: (decided: DecidedBoot) => void, numRuns = 50): void {
  fc.assert(
    fc.property(anyCase, (given) => {
      const decided = decideBoot(given);
      fc.pre(decided !== undefined);
      check(decided);
    }),
    { numRuns },
  );
}

describe('1.2, 2.1 no path of a step escapes its root', () => {
  test('a source is a place of a tree or of the image, with every link on the way followed', () => {
    always(({ situation, steps }) => {
      const views = new Map([
        ...situation.trees.map(({ root, view }) => [root, view] as const),
        [layout.pristine as string, situation.image] as const,
      ]);
      for (const { root, path } of steps.flatMap(sources)) {
        const view = views.get(root);
        const place = root === layout.pristine ? root + path : path;
        expect([root, path, view?.at(place).type]).toEqual([
          root,
          path,
          expect.stringMatching(/^(?:file|dir)$/u),
        ]);
        for (const above of ancestors(place)) expect(view?.at(above).type).not.toBe('link');
      }
    }, 200);
  });

  test('what is bound, recorded or left out has no part that is . or .., and no newline', () => {
    always(({ steps }) => {
      for (const path of steps.flatMap(named)) {
        expect(path).toMatch(/^\/[^\n\0]*$/u);
        expect(path.split('/').some((name) => name === '.' || name === '..')).toBe(false);
      }
    });
  });

  test('only listed paths are mounted over, and only with a store, a copy, a tree or the image', () => {
    always(({ situation, steps }) => {
      const roots: readonly string[] = [
        layout.tmpfs,
        layout.volatile,
        layout.persistent,
        layout.localdisk,
        layout.pristine,
        ...situation.trees.map(({ root }) => root),
      ];
      for (const step of steps.slice(1)) {
        if (step.kind !== 'bind') continue;
        expect([...situation.entries.entries.keys()]).toContain(step.target);
        expect(roots.filter((root) => isWithin(step.source, root))).toHaveLength(1);
        expect(step.readonly).toBe(!roots.slice(0, 4).some((root) => isWithin(step.source, root)));
      }
    });
  });
});

describe('3.3 parents come before children', () => {
  test('among the entries', () => {
    always(({ situation }) => {
      expect(upsideDown([...situation.entries.entries.keys()])).toEqual([]);
    });
  });

  test('among the copies, and among the mounts', () => {
    always(({ steps }) => {
      expect(upsideDown(steps.flatMap(made))).toEqual([]);
      const targets = steps.flatMap((step) => (step.kind === 'bind' ? [step.target] : []));
      expect(upsideDown(targets)).toEqual([]);
    });
  });

  test('and everything is copied before anything is mounted over', () => {
    always(({ steps }) => {
      const copied = steps.findLastIndex((step) => 'from' in step);
      const mounted = steps.findIndex((step, index) => index > 0 && step.kind === 'bind');
      expect(mounted === -1 || copied < mounted).toBe(true);
    });
  });
});
