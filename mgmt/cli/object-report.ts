import type { Context } from './context.ts';
import type { Written } from './object-write.ts';

/** Says in xCAT's words what mkdef or chdef did; `verbose` names the objects. */
export function reportWritten(
  { print, log }: Pick<Context, 'print' | 'log'>,
  { names, created }: Written,
  verbose: boolean,
): void {
  print(`${names.length} object definitions have been created or modified.`);
  if (verbose) for (const { name, type } of names) print(`${name}  (${type})`);
  const nodes = names.filter(({ type, name }) => type === 'node' && created.includes(name));
  const capital = nodes.map(({ name }) => name).filter((name) => /[A-Z]/u.test(name));
  if (capital.length > 0) {
    log.warn(
      `DNS does not tell capital letters apart; these nodes have some: ${capital.join(',')}`,
    );
  }
}
