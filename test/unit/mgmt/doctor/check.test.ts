import { expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { type Check, runChecks } from '../../../../mgmt/doctor/check.ts';
import { fail, note, ok, warn } from '../../../../mgmt/doctor/finding.ts';
import { renderReport } from '../../../../mgmt/doctor/report.ts';

const check = (name: string, look: Check<string>['look']): Check<string> => ({
  group: 'ports',
  name,
  look,
});

test('checks see what they are about, and report in their order', async () => {
  const slow = check('slow', async (about) => {
    await Promise.resolve();
    return [ok(`slow ${about}`)];
  });
  const quick = check('quick', async (about) => [warn(`quick ${about}`, 'hurry')]);
  expect(await runChecks([slow, quick], 'me', 1000)).toEqual([
    { group: 'ports', check: 'slow', level: 'ok', message: 'slow me' },
    { group: 'ports', check: 'quick', level: 'warn', message: 'quick me', hint: 'hurry' },
  ]);
});

const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });

test.each([
  [
    'that an operator can act on',
    new StateliteError('ERR_STATELITE_TABLE', 'bad row', { hint: 'mend' }),
    'fail',
    'bad row',
    'mend',
  ],
  ['for want of rights', denied, 'note', 'permission denied', 'as root'],
  ['by a bug', new TypeError('x is not y'), 'warn', 'x is not y', 'report'],
])(
  'a check that fails %s is a finding, and the others run',
  async (_, error, level, message, hint) => {
    const broken = check('broken', async () => {
      throw error;
    });
    const [first, second] = await runChecks(
      [broken, check('fine', async () => [ok('fine')])],
      '',
      1000,
    );
    expect(first).toMatchObject({ level, message: expect.stringContaining(message) });
    expect(first?.hint).toContain(hint);
    expect(second).toMatchObject({ level: 'ok', message: 'fine' });
  },
);

test('a check that never ends is given up, and told so', async () => {
  let told: AbortSignal | undefined;
  const endless = check('endless', (_, signal) => {
    told = signal;
    return new Promise(() => {});
  });
  expect(await runChecks([endless], '', 10)).toMatchObject([
    { level: 'warn', message: 'endless: no result within 0.01 s' },
  ]);
  expect(told?.aborted).toBe(true);
});

const all = [ok('a'), ok('b'), note('c', 'look'), fail('d', 'do it', ['n1', 'n2', 'n4'])].map(
  (finding) => ({ ...finding, group: 'names', check: 'x' }),
);

test('the report folds what is fine, and has each hint below its finding', () => {
  expect(renderReport(all, false)).toEqual([
    'names',
    '  ok    2 checks ok',
    '  note  c',
    '        look',
    '  fail  n[1-2,4]: d',
    '        do it',
    '1 failure, 1 note, 2 checks ok',
  ]);
  expect(renderReport(all, true)).toContain('  ok    a');
});

test('what a server said cannot forge a line', () => {
  const forged = { ...warn('bad\nok    all is well\u001B[2J', 'x'), group: 'names', check: 'x' };
  expect(renderReport([forged], false)[1]).toBe('  warn  bad ok    all is well [2J');
});
