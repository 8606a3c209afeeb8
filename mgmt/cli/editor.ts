import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';

/** The administrator at a terminal, or a script that has none. */
export interface Editor {
  /** Whether anybody can be asked. */
  readonly interactive: boolean;
  /** Returns when the editor is left. Throws ERR_STATELITE_COMMAND if it fails. */
  readonly edit: (path: string) => Promise<void>;
  /** Yes or no; an empty answer is yes. */
  readonly ask: (question: string) => Promise<boolean>;
}

/** $TABEDITOR, $EDITOR or vi on the terminal of this process. */
export function terminalEditor(): Editor {
  return {
    get interactive() {
      return process.stdin.isTTY && process.stderr.isTTY;
    },
    edit,
    ask,
  };
}

/** An end of input or an interrupt is a no. */
async function ask(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [Y/n] `);
    return /^(?:y|yes)?$/iu.test(answer.trim());
  } catch (error) {
    if (!hasCode(error, 'ABORT_ERR')) throw error;
    return false;
  } finally {
    prompt.close();
  }
}

/** The shell only splits the variable into words, as for `EDITOR="code --wait"`. */
const script = 'set -f; exec ${TABEDITOR:-${EDITOR:-vi}} "$1"';

/** An interrupt from the keyboard is for the editor. */
function ignore(): void {}

async function edit(path: string): Promise<void> {
  process.on('SIGINT', ignore);
  try {
    const child = spawn('/bin/sh', ['-c', script, 'tabedit', path], { stdio: 'inherit' });
    const [code, signal]: (number | string | null)[] = await once(child, 'exit');
    if (code === 0) return;
    const how = signal === null || signal === undefined ? `status ${code}` : `signal ${signal}`;
    throw new StateliteError('ERR_STATELITE_COMMAND', `the editor ended with ${how}`, {
      hint: 'set TABEDITOR or EDITOR to an editor that is installed',
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
