import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { describe as say } from '../../../../agent/plan/step.ts';
import { placedOf, type Verdict } from '../../../../agent/plan/verdict.ts';
import { row } from '../../../helpers/rows.ts';
import { situationOf, store } from '../../../helpers/situations.ts';

const image = { '/etc/f': 'f', '/srv/d/x': 'x', '/srv/d/p': 'p' };
const rows = [row('/etc/f'), row('/srv/d/', 'localdisk'), row('/srv/d/p', 'persistent')];
const persistent = store({ '/srv/d/p': 'kept' }, { filled: ['/srv/d/p'] });
const unserved = row('/etc/new', 'tmpfs');

const decided = plan(
  situationOf({
    rows: [...rows, unserved],
    liteimg: rows,
    image,
    persistent,
    trees: { 'mn:/one': { '/etc/new': 'n' } },
  }),
);
const verdictOf = (path: string) => decided.verdicts.get(path);

function stepsOf(verdict: Verdict | undefined): string[] {
  return verdict !== undefined && 'steps' in verdict.outcome
    ? verdict.outcome.steps.map(say)
    : ['not served'];
}

describe('5.8 what became of each entry', () => {
  test('there is one verdict for each, parents first', () => {
    expect([...decided.verdicts.keys()]).toEqual(['/etc/f', '/etc/new', '/srv/d', '/srv/d/p']);
  });

  test.for([
    [
      '/etc/f',
      '/.statelite/tmpfs/etc/f',
      undefined,
      ['copy /.default/etc/f to /.statelite/tmpfs/etc/f', 'bind /.statelite/tmpfs/etc/f on /etc/f'],
    ],
    [
      '/srv/d',
      '/.sllocal/localmnt/srv/d',
      'new',
      [
        'fill /.sllocal/localmnt/srv/d/ from /.default/srv/d',
        'bind /.sllocal/localmnt/srv/d on /srv/d',
      ],
    ],
    [
      '/srv/d/p',
      '/.statelite/persistent/srv/d/p',
      'keep',
      [
        'make the mount point /.sllocal/localmnt/srv/d/p',
        'bind /.statelite/persistent/srv/d/p on /srv/d/p',
      ],
    ],
  ] as const)('%s is served from %s, its store has it: %s', ([path, at, fill, expected]) => {
    const verdict = verdictOf(path);
    expect(placedOf(verdict)).toMatchObject({ at });
    expect(verdict?.fill?.fill).toBe(fill);
    expect(stepsOf(verdict)).toEqual(expected);
  });

  test('their steps are the steps of the plan that have a reason, word for word', () => {
    const served = ['/etc/f', '/srv/d', '/srv/d/p'].flatMap((path) => stepsOf(verdictOf(path)));
    const explained = decided.steps.filter(({ why }) => why !== undefined).map(say);
    expect(served.toSorted()).toEqual(explained.toSorted());
  });

  test('one that is not served has its reason and its sources instead of a place', () => {
    const verdict = verdictOf('/etc/new');
    expect(verdict).toMatchObject({
      sources: { from: [{ path: '/etc/new' }] },
      outcome: { reason: 'the image has no mount point for it; run liteimg' },
    });
    expect(placedOf(verdict)).toBeUndefined();
  });

  test('a path that is no entry is placed nowhere', () => {
    expect(placedOf(verdictOf('/etc'))).toBeUndefined();
  });
});

describe('5.8 the decision behind a step', () => {
  test('names the row, how specific it is, and every place that was searched', () => {
    const { steps } = plan(
      situationOf({
        rows: [row('/srv//p', 'rw', 'group')],
        image: { '/srv/p': 'i' },
        trees: { 'mn:/one': { '/srv/p/x': 'wrong' }, 'mn:/two': { '/srv/p': 'p' } },
      }),
    );
    const why = 'row "/srv//p" (tmpfs), group; mn:/one: a directory, mn:/two: yes, image: yes';
    expect(steps.filter(({ kind }) => kind === 'copy').map((step) => step.why)).toEqual([why]);
  });
});
