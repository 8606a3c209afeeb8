import type { Console } from '../vm/console.ts';

const leave = 0x1d; // Ctrl-]

/** Standard input, which has a raw mode if it is a terminal. */
type Terminal = NodeJS.ReadableStream & { setRawMode?(raw: boolean): unknown };

/** Connects a terminal to a node's console until Ctrl-]; without a terminal it only watches. */
export async function attachConsole(
  console: Pick<Console, 'type' | 'watch'>,
  input: Terminal,
  output: NodeJS.WritableStream,
): Promise<void> {
  output.write('\nthe console of cn01; Ctrl-] leaves it\n');
  const { promise, resolve } = Promise.withResolvers<undefined>();
  console.watch((bytes) => output.write(bytes));
  const read = (bytes: Buffer): void => {
    const end = bytes.indexOf(leave);
    void console.type(bytes.subarray(0, end === -1 ? bytes.length : end).toString());
    if (end !== -1) resolve(undefined);
  };
  input.setRawMode?.(true);
  input.on('data', read).on('end', () => resolve(undefined));
  await console.type('exec bash -l\n'); // the quiet shell of the demo is not for people
  await promise;
  input.off('data', read);
  input.setRawMode?.(false);
  input.pause();
  output.write('\n');
}
