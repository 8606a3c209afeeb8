/**
 * Progress of long work on stderr. `step` begins something, `update` says how far it is, `done` ends
 * it. On a terminal that is one redrawn line; elsewhere plain lines, updates left out.
 */
export interface Progress {
  step(text: string): void;
  update(text: string): void;
  done(text: string): void;
}

/** To column 0, and clear to the end of the line. */
const clear = '\r\u001B[K';

/**
 * `columns` is the terminal's width, undefined if it is none. `aside` writes other lines: on a
 * terminal they go above the line that is redrawn.
 */
export function createProgress(
  write: (text: string) => void,
  columns: number | undefined,
): { progress: Progress; aside: (text: string) => void } {
  if (columns === undefined) {
    const line = (text: string) => write(`${text}\n`);
    return { progress: { step: line, update: () => {}, done: line }, aside: write };
  }
  let step = '';
  let shown = '';
  const show = (text: string) => {
    shown = text.slice(0, columns - 1); // a line that wraps cannot be redrawn
    write(clear + shown);
  };
  return {
    progress: {
      step(text) {
        step = text;
        show(text);
      },
      update: (text) => show(step === '' ? text : `${step}: ${text}`),
      done(text) {
        step = shown = '';
        write(`${clear}${text}\n`);
      },
    },
    aside: (text) => write(shown === '' ? text : `${clear}${text}${shown}`),
  };
}
