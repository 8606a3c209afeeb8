import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { StateliteError } from '../agent/errors.ts';

interface Reply {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly data?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

export interface Qmp {
  /** Sends a command and resolves with what QEMU returns for it. */
  command(name: string, args?: object): Promise<unknown>;
  /** Resolves with the data of the next event of that name; rejects when QEMU goes away. */
  event(name: string): Promise<unknown>;
}

/** Speaks the QEMU machine protocol (docs/interop/qmp-spec) on a connected socket. */
export async function openQmp(socket: Duplex): Promise<Qmp> {
  const events = new EventEmitter();
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;

  const gone = () => {
    const error = new StateliteError('ERR_STATELITE_VM', 'QEMU closed its control socket');
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    events.emit('gone', error);
  };
  const take = (line: string) => {
    const reply: Reply = JSON.parse(line); // QEMU's own words, not the network's
    if (reply.event !== undefined) events.emit(`event ${reply.event}`, reply.data);
    const request = reply.id === undefined ? undefined : pending.get(reply.id);
    if (reply.id === undefined || request === undefined) return;
    pending.delete(reply.id);
    if (reply.error === undefined) request.resolve(reply.return);
    else request.reject(new StateliteError('ERR_STATELITE_VM', `QEMU: ${reply.error.desc}`));
  };
  let unfinished = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${unfinished}${text}`.split('\n');
    unfinished = lines.pop() ?? '';
    lines.forEach(take);
  });
  socket.on('error', () => {}).on('close', gone); // 'close' follows every error

  const qmp: Qmp = {
    command(name, args = {}) {
      const request = Promise.withResolvers<unknown>();
      pending.set(++lastId, request);
      if (socket.destroyed) gone();
      else socket.write(`${JSON.stringify({ execute: name, arguments: args, id: lastId })}\n`);
      return request.promise;
    },
    event(name) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      events.once(`event ${name}`, resolve).once('gone', reject);
      return promise.finally(() => events.off(`event ${name}`, resolve).off('gone', reject));
    },
  };
  await qmp.command('qmp_capabilities');
  return qmp;
}
