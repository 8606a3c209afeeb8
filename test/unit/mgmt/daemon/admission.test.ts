import { describe, expect, test, vi } from 'vitest';
import { createAdmission } from '../../../../mgmt/daemon/admission.ts';

/** Work that is named, and what became of it. */
function works(limits: { atOnce: number; waiting: number; patience: number }) {
  const admission = createAdmission(limits);
  const log: string[] = [];
  const leaves = new Map<string, () => void>();
  const enter = (name: string) =>
    admission.enter(
      (leave) => {
        log.push(`${name} begins`);
        leaves.set(name, leave);
      },
      () => void log.push(`${name} is refused`),
    );
  return { admission, log, enter, leave: (name: string) => leaves.get(name)?.() };
}

const patient = 1_000_000;

describe('admission', () => {
  test('lets in so many, the others wait in order, what is too much is refused', () => {
    const { admission, log, enter, leave } = works({ atOnce: 2, waiting: 2, patience: patient });
    for (const name of ['a', 'b', 'c', 'd', 'e']) enter(name);
    expect(log).toEqual(['a begins', 'b begins', 'e is refused']);
    expect([admission.atWork(), admission.waiting()]).toEqual([2, 2]);
    leave('b');
    leave('a');
    expect(log.slice(3)).toEqual(['c begins', 'd begins']);
    expect([admission.atWork(), admission.waiting()]).toEqual([2, 0]);
  });

  test('who leaves twice makes room once', () => {
    const { log, enter, leave } = works({ atOnce: 1, waiting: 9, patience: patient });
    for (const name of ['a', 'b', 'c']) enter(name);
    leave('a');
    leave('a');
    expect(log).toEqual(['a begins', 'b begins']);
  });

  test('who goes away while it waits is passed over', () => {
    const { admission, log, enter, leave } = works({ atOnce: 1, waiting: 9, patience: patient });
    enter('a');
    const goAway = enter('b');
    enter('c');
    goAway();
    leave('a');
    expect(log).toEqual(['a begins', 'c begins']);
    expect(admission.waiting()).toBe(0);
  });

  test('who has waited too long is refused, and those after it in their time', () => {
    vi.useFakeTimers();
    try {
      const { admission, log, enter, leave } = works({ atOnce: 1, waiting: 9, patience: 100 });
      enter('a');
      enter('b');
      vi.advanceTimersByTime(60);
      enter('c');
      vi.advanceTimersByTime(60);
      expect(log).toEqual(['a begins', 'b is refused']);
      vi.advanceTimersByTime(60);
      expect(log[2]).toBe('c is refused');
      expect(admission.waiting()).toBe(0);
      leave('a');
      enter('d');
      expect(log[3]).toBe('d begins');
    } finally {
      vi.useRealTimers();
    }
  });
});
