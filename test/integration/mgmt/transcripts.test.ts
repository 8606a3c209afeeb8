import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verbs } from '../../../mgmt/cli/verbs.ts';
import type { Management, Ran } from '../../helpers/mgmt.ts';
import { recordedCluster } from '../../helpers/recorded-cluster.ts';
import { recordedTranscripts, type Transcript } from '../../helpers/transcripts.ts';

/** A difference that is meant: lines only we have, lines only stock has, and what stderr says. */
interface Explained {
  readonly transcript: string;
  readonly reason: string;
  readonly rule: string;
  readonly more?: number;
  readonly less?: number;
  readonly errors?: readonly string[];
}

const replayed = ['tabdump', 'nodels', 'lsdef', 'litefile', 'litetree', 'ilitefile', 'lslite'];
const transcripts = recordedTranscripts(replayed);
const explained = readExplained();

let mn: Management;
beforeAll(async () => {
  mn = await recordedCluster();
}, 60_000);
afterAll(() => mn[Symbol.asyncDispose]());

describe('what stock printed is printed here', () => {
  test.for(transcripts.map((one): [string, Transcript] => [one.argv.join(' '), one]))(
    '%s',
    async ([, transcript]) => {
      const difference = explained.find((one) => one.transcript === transcript.name);
      const found = compare(transcript, await mn.run(...transcript.argv));
      expect(found).toEqual({
        more: difference?.more ?? 0,
        less: difference?.less ?? 0,
        errors: difference?.errors ?? transcript.errors,
        inOrder: true,
      });
    },
  );
});

describe('the list of explained differences', () => {
  test('names recorded transcripts, each once, with a rule and a reason', () => {
    const names = explained.map(({ transcript }) => transcript);
    expect(new Set(names).size).toBe(names.length);
    expect(transcripts.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    for (const { rule, reason } of explained) expect([rule, reason]).not.toContain('');
  });

  test('holds nothing that is equal', () => {
    for (const { more = 0, less = 0, errors } of explained) {
      expect(more + less > 0 || errors !== undefined).toBe(true);
    }
  });
});

test('every verb with recordings is there to be replayed', () => {
  const here = Object.keys(verbs);
  expect(here).toEqual(expect.arrayContaining(replayed));
  expect(new Set(transcripts.map(({ argv }) => argv[0]))).toEqual(new Set(replayed));
});

/** How many lines only one side has, what stderr says, and whether the common lines keep their order. */
function compare(stock: Transcript, { out, err }: Ran): object {
  const theirs = without(stock.lines, out);
  const ours = without(out, stock.lines);
  return {
    more: ours.length,
    less: theirs.length,
    errors: messages(err),
    inOrder: without(out, ours).join('\n') === without(stock.lines, theirs).join('\n'),
  };
}

/** The lines that are left when each of `taken` has taken an equal one away. */
function without(lines: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of taken) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

/** What stderr says without our codes and hints, which stock does not have. */
function messages(err: string): string[] {
  return err
    .split('\n')
    .map((line) => line.replace(/^statelite: /u, ''))
    .filter((line) => line !== '' && !line.startsWith('hint: '))
    .map((line) => line.replace(/^ERR_\w+: /u, ''));
}

function readExplained(): Explained[] {
  const path = new URL('../../fixtures/xcatd/explained.json', import.meta.url);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of our own
  return JSON.parse(readFileSync(path, 'utf8')) as Explained[];
}
