import { explainError, StateliteError } from '../../agent/errors.ts';
import type { Context } from './context.ts';

/**
 * Does the work for every node, in order. A node that fails is logged and does not keep the others
 * from their turn; then the whole fails, with the code of the first.
 */
export async function eachNode(
  { log }: Pick<Context, 'log'>,
  nodes: readonly string[],
  work: (node: string) => void | Promise<void>,
): Promise<void> {
  const failures: StateliteError[] = [];
  for (const node of nodes) {
    try {
      await work(node);
    } catch (error) {
      if (!(error instanceof StateliteError) || nodes.length === 1) throw error;
      for (const line of explainError(error)) log.error(`${node}: ${line}`);
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  throw new StateliteError(first.code, `${failures.length} of ${nodes.length} nodes failed`, {
    hint: 'the lines above say why',
  });
}
