import { describe, expect, test } from 'vitest';
import { parseCmdline } from '../../../agent/protocol/cmdline.ts';
import { projectFile } from '../../helpers/documents.ts';

/** The shortest line that is a boot. */
const least = 'NFSROOT=10.77.0.1:/image XCAT=10.77.0.1';

/** Each parameter's section ends with an example. */
const examples = projectFile('docs/man/statelite.cmdline.7.md')
  .split('\n## ')
  .filter((part) => part.startsWith('Parameters\n'))
  .flatMap((part) => part.split('\n### ').slice(1))
  .map((part) => ({
    name: part.split('\n', 1).join(),
    example: /`([^`]+)`$/u.exec(part.trim())?.[1] ?? '',
  }));

describe('statelite.cmdline(7)', () => {
  test.for(examples)('$name has an example that changes something', ({ name, example }) => {
    expect(example.split('=')[0]).toBe(name);
    expect(changedBy(name, example)).not.toEqual([]);
  });

  test('describes everything that the agent reads', () => {
    const changed = examples.flatMap(({ name, example }) => changedBy(name, example));
    expect(new Set(changed)).toEqual(new Set(Object.keys(parseCmdline(least))));
  });
});

/** What of a command line another word makes different. */
function changedBy(name: string, example: string): string[] {
  const usual = parseCmdline(least);
  const words = name === 'root' ? least.replace(/^NFSROOT=\S+/u, '') : least;
  const other: Readonly<Record<string, unknown>> = { ...parseCmdline(`${words} ${example}`) };
  return Object.entries<unknown>({ ...usual })
    .filter(([key, value]) => JSON.stringify(other[key]) !== JSON.stringify(value))
    .map(([key]) => key);
}
