import { expect, test } from 'vitest';
import { marker, ownershipOf, sealed } from '../../../../mgmt/setup/seal.ts';

test.for([
  ['a comment of #', `# ${marker}\nport=0\n`],
  ['a comment of //, with more before it', `#!x\n// ${marker}\n{ }\n`],
  ['nothing after the marker', `# ${marker}\n`],
] as const)('a sealed file with %s is ours until somebody edits it', ([, text]) => {
  const written = sealed(text);
  expect(ownershipOf(written)).toBe('ours');
  expect(ownershipOf(`${written}#\n`)).toBe('changed');
  expect(ownershipOf(written.replace(marker, `${marker} `))).toBe('changed');
});

test('a file of another, or of an older statelite without a digest', () => {
  expect(ownershipOf('port=0\n')).toBe('foreign');
  expect(ownershipOf('')).toBe('foreign');
  expect(ownershipOf(`# ${marker}\nport=0\n`)).toBe('ours');
});

test('a marker far below is no marker', () => {
  expect(ownershipOf(`${'x\n'.repeat(20)}# ${marker}\n`)).toBe('foreign');
});
