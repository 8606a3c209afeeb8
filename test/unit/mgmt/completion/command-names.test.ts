import { describe, expect, test } from 'vitest';
import { verbs } from '../../../../mgmt/cli/verbs.ts';
import { isCommand } from '../../../../mgmt/completion/command-names.ts';
import { projectFile } from '../../../helpers/documents.ts';

describe('commands of their own', () => {
  test.for(['lslite', 'nodeset', 'liteimg', 'tabdump'])('%s is one, as in xCAT', (verb) => {
    expect(isCommand(verb)).toBe(true);
  });

  test.for(['watch', 'image', 'check', 'log'])('%s is none: its name is too common', (verb) => {
    expect(isCommand(verb)).toBe(false);
  });

  test('those that are none are named in statelite(1)', () => {
    const [, sentence = ''] =
      /too common, are not: (.*)\.$/mu.exec(projectFile('docs/man/statelite.1.md')) ?? [];
    const named = new Set([...sentence.matchAll(/`(\w+)`/gu)].map(([, verb]) => verb));
    const without = Object.keys(verbs).filter((verb) => !isCommand(verb));
    expect(named).toEqual(new Set(without));
  });
});
