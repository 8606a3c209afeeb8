import { median } from '../figures.ts';
import type { Figures } from './report.ts';
import { nodeName } from './site.ts';
import { type Run, timed } from './timed.ts';

/** One command's figures on one database: medians of processes from start to end. */
export interface CommandFigures extends Figures {
  readonly name: CommandName;
  /** What was typed; of a command that changes a row, the last. */
  readonly argv: readonly string[];
  /** What it printed each time. */
  readonly lines: number;
}

export type CommandName =
  | 'start'
  | 'lsdef'
  | 'nodels'
  | 'nodels column'
  | 'tabdump'
  | 'chtab'
  | 'litetree';

interface Command {
  readonly name: CommandName;
  /** A row is changed only if the value is another each time. */
  readonly argv: (turn: number) => readonly string[];
  /** So many lines or more tell that it did its work. */
  readonly lines: number;
}

export interface CommandsGiven {
  /** The program, with what it needs before its own arguments. */
  readonly program: readonly string[];
  /** So many are in each database. */
  readonly nodes: number;
  readonly runs: number;
  /** For settings; it has none. */
  readonly directory: string;
}

/**
 * Runs every command on every database, then all of them again, `runs` times after once for the
 * caches: a busy moment of the machine is spread over all. Answers in the order of `databases`.
 */
export async function measureCommands(
  databases: readonly string[],
  { program, nodes, runs, directory }: CommandsGiven,
): Promise<CommandFigures[][]> {
  const measured = databases.map((database) => ({
    settings: ['--etc', directory, '--state', directory, '--database', database],
    commands: commandsFor(nodes).map((command) => ({ command, taken: [] as Run[] })),
  }));
  for (let turn = 0; turn <= runs; turn += 1) {
    for (const { settings, commands } of measured) {
      for (const { command, taken } of commands) {
        const argv = [...program, ...command.argv(turn), ...settings];
        const one = await timed(argv, command.lines);
        if (turn > 0) taken.push(one);
      }
    }
  }
  return measured.map(({ commands }) =>
    commands.map(({ command, taken }) => ({
      name: command.name,
      argv: command.argv(runs),
      lines: taken[0]?.lines ?? 0,
      wallMs: median(taken.map(({ wallMs }) => wallMs)),
      cpuMs: median(taken.map(({ cpuMs }) => cpuMs)),
    })),
  );
}

function commandsFor(nodes: number): Command[] {
  const node = nodeName(Math.ceil(nodes / 2));
  return [
    { name: 'start', argv: () => ['--version'], lines: 1 },
    { name: 'lsdef', argv: () => ['lsdef', node], lines: 10 },
    { name: 'nodels', argv: () => ['nodels'], lines: nodes },
    { name: 'nodels column', argv: () => ['nodels', 'all', 'nodetype.os'], lines: nodes },
    { name: 'tabdump', argv: () => ['tabdump', 'nodelist'], lines: nodes + 1 },
    {
      name: 'chtab',
      argv: (turn) => ['chtab', `node=${node}`, `nodelist.comments=turn ${turn}`],
      lines: 0,
    },
    { name: 'litetree', argv: () => ['litetree', node], lines: 1 },
  ];
}
