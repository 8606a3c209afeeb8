import { expect, test } from 'vitest';
import { headings, projectFile } from '../../helpers/documents.ts';

test('docs/errors.md has a heading for each code, in the order of the code, and no other', () => {
  const union = /export type ErrorCode =(?<codes>.*?);/su.exec(projectFile('agent/errors.ts'));
  const codes = [...(union?.groups?.['codes'] ?? '').matchAll(/'(ERR_STATELITE_\w+)'/gu)];

  expect(headings({ text: projectFile('docs/errors.md') }, '###')).toEqual(
    codes.map(([, code]) => code),
  );
});
