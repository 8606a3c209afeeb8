/** What Node throws for a system call that failed. */
export type SystemError = NodeJS.ErrnoException & {
  readonly errno: number;
  readonly syscall: string;
};

/** Whether a system call failed: what the disk or the machine is to blame for, and no bug. */
export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    'errno' in error &&
    typeof error.errno === 'number' &&
    'syscall' in error &&
    typeof error.syscall === 'string'
  );
}
