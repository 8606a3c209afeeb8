import { expect } from 'vitest';
import type { ErrorCode } from '../../agent/errors.ts';
import type { LitefileRow, Specificity } from '../../agent/protocol/answer.ts';

/** A litefile row as the answer has it. */
export function row(
  file: string,
  options = 'tmpfs',
  specificity: Specificity = 'ALL',
): LitefileRow {
  return { file, options, specificity };
}

/** An error that an operator can act on: its code, and what its message must name. */
export function failure(code: ErrorCode, ...named: readonly string[]): unknown {
  const parts = named.map((part) => part.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'));
  const message = expect.stringMatching(
    new RegExp(`^${parts.map((p) => `(?=.*${p})`).join('')}`, 'su'),
  );
  return expect.objectContaining({ name: 'StateliteError', code, message });
}
