import { connect } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Patience } from './control.ts';

/** A QEMU that is spoken to by its machine protocol (docs/interop/qmp-spec). */
export interface Qmp {
  /** Gives what QEMU returns. */
  readonly command: (name: string, args?: object) => Promise<unknown>;
}

/** More is no line of QEMU. */
const maxLine = 1024 * 1024;

/**
 * Works on a monitor's socket and closes it: QEMU serves one client at a time. Each answer has
 * `limit`. Rejects with ERR_STATELITE_HARDWARE, also for what QEMU refuses.
 */
export async function withQmp<T>(
  path: string,
  { limit, signal }: Patience,
  work: (qmp: Qmp) => Promise<T>,
): Promise<T> {
  const socket = connect(path);
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const greeting = Promise.withResolvers<unknown>();
  let lastId = 0;
  let closedBy: StateliteError | undefined;
  const close = (why: string, cause?: unknown) => {
    closedBy ??= failure(path, why, cause);
    greeting.reject(closedBy);
    for (const { reject } of pending.values()) reject(closedBy);
    pending.clear();
    socket.destroy();
  };
  const take = (line: string) => {
    const said = parse(line);
    if (said === undefined) return close(`said ${plain(line.slice(0, 100))}, which is no QMP`);
    if ('QMP' in said) greeting.resolve(said['QMP']);
    const { id } = said;
    const request = typeof id === 'number' ? pending.get(id) : undefined;
    if (request === undefined || typeof id !== 'number') return;
    pending.delete(id);
    if ('error' in said) request.reject(failure(path, `refuses: ${descriptionOf(said['error'])}`));
    else request.resolve(said['return']);
  };
  let unfinished = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${unfinished}${text}`.split('\n');
    unfinished = lines.pop() ?? '';
    if (unfinished.length > maxLine) close('sent a line of more than 1 MiB');
    for (const line of lines.filter((each) => each.trim() !== '')) take(line);
  });
  socket.on('error', (cause) => close('cannot be reached', cause));
  socket.on('close', () => close('closed its monitor'));
  const onAbort = () => close('was not asked to the end: interrupted');
  signal.addEventListener('abort', onAbort);
  const inTime = async (answer: Promise<unknown>): Promise<unknown> => {
    const timer = setTimeout(() => close(`did not answer within ${limit / 1000} s`), limit);
    return answer.finally(() => clearTimeout(timer));
  };
  const qmp: Qmp = {
    command: async (name, args = {}) => {
      if (closedBy !== undefined) throw closedBy;
      const request = Promise.withResolvers<unknown>();
      pending.set(++lastId, request);
      socket.write(`${JSON.stringify({ execute: name, arguments: args, id: lastId })}\n`);
      return inTime(request.promise);
    },
  };
  try {
    await inTime(greeting.promise);
    await qmp.command('qmp_capabilities');
    return await work(qmp);
  } finally {
    signal.removeEventListener('abort', onAbort);
    close('is no longer asked');
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function descriptionOf(error: unknown): string {
  const text = isRecord(error) ? error['desc'] : undefined;
  return typeof text === 'string' ? plain(text) : 'without a word';
}

function failure(path: string, why: string, cause?: unknown): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', `QEMU at ${path} ${why}`, {
    ...(cause !== undefined && { cause, hint: 'does it run, with -qmp unix:PATH,server,nowait?' }),
  });
}
