import type { Socket } from 'node:net';
import { closed } from './closed.ts';
import { type ConsoleRequest, escapeHelp, escapeReader } from './escape.ts';
import type { AttachMode, Welcome } from './greeting.ts';
import type { Line, Reader } from './line.ts';
import { replayable } from './replayable.ts';

/** Bytes that may wait for somebody whose terminal takes nothing; then he is sent away. */
const mostWaiting = 1024 * 1024;

/** What is shown of the log when somebody comes, and with ^Ecr. */
const replayBytes = 4096;

/** Shows a line to somebody and takes what he types, until he leaves. Resolves then. */
export async function serveReader(
  socket: Socket,
  line: Line,
  { node, mode }: { readonly node: string; readonly mode: AttachMode },
): Promise<void> {
  const show = (bytes: Uint8Array) => {
    if (socket.writableLength > mostWaiting) socket.destroy();
    else if (socket.writable) socket.write(bytes);
  };
  const say = (text: string) => show(Buffer.from(`\r\n[${text}]\r\n`));
  const reader: Reader = {
    show,
    told: (news) =>
      say(
        news === 'free'
          ? 'nobody writes now, ^Eca does'
          : 'read only: somebody took over, ^Ecf takes it back',
      ),
  };
  const asked = (request: ConsoleRequest): void => {
    switch (request) {
      case 'disconnect':
        say('disconnected');
        socket.end();
        return;
      case 'attach':
        say(
          line.take(reader, 'if free')
            ? 'you write'
            : 'read only: somebody writes, ^Ecf takes over',
        );
        return;
      case 'force':
        line.take(reader, 'force');
        say('you write');
        return;
      case 'spy':
        line.giveUp(reader);
        say('read only');
        return;
      case 'replay':
        show(replayable(line.replay(replayBytes)));
        return;
      case 'who':
        say(`${line.readers.size} here, ${line.writer === undefined ? 'nobody' : 'one'} writes`);
        return;
      case 'help':
        show(Buffer.from(`\r\n${escapeHelp.map((text) => `^Ec${text}\r\n`).join('')}`));
        return;
      case 'unknown':
        say('no such request; ^Ec? lists them');
    }
  };
  const isWriter = mode !== 'spy' && line.take(reader, mode === 'force' ? 'force' : 'if free');
  const welcome: Welcome = { attached: isWriter ? 'write' : 'spy' };
  socket.write(`${JSON.stringify(welcome)}\n`);
  show(replayable(line.replay(replayBytes)));
  say(`${node}: ${isWriter ? 'you write' : 'read only'}; ^Ec. leaves, ^Ec? helps`);
  line.add(reader);
  const take = escapeReader();
  socket.on('data', (bytes: Buffer) => {
    for (const part of take(bytes)) {
      if (typeof part === 'string') asked(part);
      else line.type(reader, part);
    }
  });
  socket.on('end', () => socket.end()).resume();
  await closed(socket);
  line.remove(reader);
}
