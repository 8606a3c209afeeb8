import { createContext, Script } from 'node:vm';

/** Longer texts are not matched: nobody gives a command so many arguments by hand. */
const maxLength = 16 * 1024;

/**
 * Milliseconds; a regex that needs more goes back and forth without end. Far more than others need
 * on a machine that is busy otherwise.
 */
const maxTime = 1000;

/** Regexes that took so long once: who can make one do so again must not stop everybody again. */
const endless = new Set<string>();

const given: { regex: RegExp; text: string } = { regex: /(?:)/u, text: '' };
let prepared: { readonly context: object; readonly script: Script } | undefined;

/**
 * Whether a regex of the tables matches a text from the network; undefined if that cannot be told
 * in a bounded time.
 */
export function boundedMatch(regex: RegExp, text: string): boolean | undefined {
  if (text.length > maxLength || endless.has(String(regex))) return undefined;
  prepared ??= { context: createContext(given), script: new Script('regex.test(text)') };
  Object.assign(given, { regex, text });
  try {
    return prepared.script.runInContext(prepared.context, { timeout: maxTime }) === true;
  } catch (error) {
    if (!isTimeout(error)) throw error;
    endless.add(String(regex));
    return undefined;
  }
}

/** The error is one of the other context, so it is no instance of our Error. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
