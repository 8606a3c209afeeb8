export type ErrorCode =
  // the node
  | 'ERR_STATELITE_CMDLINE'
  | 'ERR_STATELITE_NODE_NAME'
  | 'ERR_STATELITE_MODULE'
  | 'ERR_STATELITE_NETWORK'
  | 'ERR_STATELITE_NFS'
  | 'ERR_STATELITE_NFSROOT'
  | 'ERR_STATELITE_STATEMNT'
  | 'ERR_STATELITE_LITETREE'
  | 'ERR_STATELITE_QUERY'
  | 'ERR_STATELITE_ANSWER'
  | 'ERR_STATELITE_STORE'
  | 'ERR_STATELITE_STEP'
  | 'ERR_STATELITE_DEADLINE'
  | 'ERR_STATELITE_SWITCH_ROOT'
  // both sides: the tables' rules
  | 'ERR_STATELITE_ROW'
  | 'ERR_STATELITE_TABLE'
  | 'ERR_STATELITE_PATH'
  // the management node
  | 'ERR_STATELITE_USAGE'
  | 'ERR_STATELITE_CONFIG'
  | 'ERR_STATELITE_DATABASE'
  | 'ERR_STATELITE_CSV'
  | 'ERR_STATELITE_NODERANGE'
  | 'ERR_STATELITE_VARIABLE'
  | 'ERR_STATELITE_NOT_FOUND'
  | 'ERR_STATELITE_FILE'
  | 'ERR_STATELITE_IMAGE'
  | 'ERR_STATELITE_INITRAMFS'
  | 'ERR_STATELITE_BOOTFILE'
  | 'ERR_STATELITE_SETUP'
  | 'ERR_STATELITE_COMMAND'
  | 'ERR_STATELITE_HARDWARE'
  | 'ERR_STATELITE_REQUEST'
  | 'ERR_STATELITE_DENIED'
  // the test lab
  | 'ERR_STATELITE_VM';

/**
 * A failure the operator can act on: `code` is stable and documented in docs/errors.md,
 * `hint` says what to try. Bugs stay plain `Error`s and keep their stack.
 */
export class StateliteError extends Error {
  override readonly name = 'StateliteError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** Narrows a caught system error: `if (hasCode(error, 'ENOENT')) ...; throw error`. */
export function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** The lines an operator reads for a failure: code and message, every cause, the hint. */
export function explainError(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    causes.push(`cause: ${cause.message}`);
  }
  if (!(error instanceof StateliteError)) return [error.stack ?? error.message, ...causes];
  const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
  return [`${error.code}: ${error.message}`, ...causes, ...hint];
}
