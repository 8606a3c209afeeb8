import { expect, test } from 'vitest';
import { keptView } from '../../../../agent/plan/situation.ts';
import { situationOf, store } from '../../../helpers/situations.ts';

test('of a store that is not mounted nothing is known', () => {
  const situation = situationOf({
    rows: [],
    persistent: store({ '/a': 'a' }),
    localdisk: { state: 'none' },
  });
  expect(keptView(situation, 'persistent').at('/a').type).toBe('file');
  expect(keptView(situation, 'localdisk').at('/a').type).toBe('missing');
  expect(keptView(situation, 'tmpfs').at('/a').type).toBe('missing');
});
