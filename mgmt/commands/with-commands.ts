import type { Cluster, CommandResult } from '../core/cluster.ts';
import { commandsOf } from '../core/commands-of.ts';
import { runCommand } from './run-command.ts';

/** What runs a command's text. */
export type Run = (text: string) => Promise<CommandResult>;

/** At the same time. */
const runners = 8;

/**
 * The cluster with the output of the commands that the answers for these nodes need, for everything
 * that calls `answerFor` or `statemntOf`. Nothing runs unless site.statelitecmd is yes and a row has
 * a `#CMD=...#`; each text runs once, eight at a time.
 */
export async function withCommands(
  cluster: Cluster,
  nodes: Iterable<string>,
  run: Run = runCommand,
): Promise<Cluster> {
  const waiting = commandsOf(nodes, cluster);
  const results = new Map<string, CommandResult>();
  const runNext = async (): Promise<void> => {
    for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
      results.set(text, await run(text));
    }
  };
  await Promise.all(Array.from({ length: runners }, runNext));
  return { ...cluster, commandResults: results };
}
