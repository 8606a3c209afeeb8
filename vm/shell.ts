/**
 * A command as typed into a guest's shell, and how its answer is told from everything else on
 * the line: the markers are split by quotes in what is typed, so the echo does not match.
 */
export function typedCommand(command: string, id: number): string {
  const line = `echo @@be''gin ${id}@@; sh -c ${guestWord(command)} </dev/null; echo "@@e""nd ${id} $?@@"\n`;
  if (line.length > longestLine) {
    throw new Error(`a command of ${command.length} characters is too long to be typed`);
  }
  return line;
}

/** The answer to `typedCommand` with the same id: its output, then its exit status. */
export function answerPattern(id: number): RegExp {
  return new RegExp(`@@begin ${id}@@\\r?\\n([^]*?)@@end ${id} (\\d+)@@\\r?\\n`);
}

/** What the command printed: the terminal made each line end of it a carriage return, line feed. */
export function outputFrom(match: RegExpExecArray): { output: string; status: number } {
  const [, output = '', status] = match;
  return { output: output.replaceAll('\r\n', '\n'), status: Number(status) };
}

/** busybox's line editor takes 1024 bytes. */
const longestLine = 1000;

/** A tab would complete, a line feed would end the line: those go as escapes of printf(1). */
function guestWord(text: string): string {
  if (!/[^ -~]/.test(text)) return quoted(text);
  const escaped = Buffer.from(text)
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll(/[^ -~]/g, (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `"$(printf %b ${quoted(escaped)})"`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
