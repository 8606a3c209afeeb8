import { connect } from 'node:net';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { ConsoleAccess } from '../power/access.ts';
import { ipmiAsker, ipmiEnvironment } from '../power/ipmi-asker.ts';
import { openInTerminal } from './terminal-program.ts';

/** Who listens to a console. */
export interface Listener {
  readonly opened: () => void;
  readonly data: (bytes: Buffer) => void;
  /** Once, with the reason; nothing comes after it. */
  readonly ended: (why: string) => void;
}

/** An open console of a node. */
export interface Source {
  readonly write: (bytes: Uint8Array) => void;
  readonly close: () => void;
}

/** Milliseconds for each question to a controller before its console is opened. */
const limit = 60_000;

/**
 * Opens the console of a node; what goes wrong is told to the listener, never thrown. `takeOver` ends
 * the session of whoever has it elsewhere, as one that a killed process left; virsh always does.
 */
export function openSource(access: ConsoleAccess, takeOver: boolean, listener: Listener): Source {
  switch (access.kind) {
    case 'socket':
      return openSocket(access.socket, listener);
    case 'ipmi':
      return openSol(access, takeOver, listener);
    case 'libvirt': {
      const words = ['-c', access.uri, 'console', '--force', access.domain];
      const ready = /Escape character is [^\n]*\n/u;
      return openInTerminal(
        { name: 'virsh', words, ready, settle: 500, environment: {} },
        listener,
      );
    }
  }
}

function openSocket(path: string, { opened, data, ended }: Listener): Source {
  const socket = connect(path);
  let why = 'QEMU closed it';
  socket.on('connect', opened).on('data', data);
  socket.on('error', (error) => {
    why = hasCode(error, 'ENOENT', 'ECONNREFUSED') ? `nothing listens at ${path}` : error.message;
  });
  socket.on('close', () => ended(why));
  return {
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    close: () => void socket.destroy(),
  };
}

/** Serial over LAN, which one at a time can have. */
function openSol(
  access: Extract<ConsoleAccess, { readonly kind: 'ipmi' }>,
  takeOver: boolean,
  listener: Listener,
): Source {
  const stop = new AbortController();
  let program: Source | undefined;
  const begin = async (): Promise<void> => {
    const asker = ipmiAsker(access, { limit, signal: stop.signal });
    const words = await asker.solWords(takeOver);
    if (stop.signal.aborted) return;
    const environment = ipmiEnvironment(access);
    const ready = /\[SOL Session operational[^\]]*\]\r?\n?/u;
    program = openInTerminal({ name: 'ipmitool', words, ready, settle: 0, environment }, listener);
  };
  begin().catch((error: unknown) => {
    if (!(error instanceof StateliteError)) throw error;
    listener.ended(error.message);
  });
  return {
    write: (bytes) => program?.write(bytes),
    close() {
      stop.abort();
      program?.close();
    },
  };
}
