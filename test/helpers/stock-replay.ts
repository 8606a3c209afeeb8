import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

/**
 * `node stock-replay.ts ADDRESS CERT KEY REPLIES`: says what a stock daemon was recorded to say, and
 * nothing else. `REPLIES/<command>` is the reply to a command; the connection stays open for 15 s,
 * and nobody is offered another protocol.
 */
const [address = '', cert = '', key = '', replies = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const quiet = 15_000;

const tls = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
  let text = '';
  socket.on('error', (error) => say(`error: ${error.message}`));
  socket.on('data', (chunk) => {
    text += String(chunk);
    const [request, command] = /<command>(\w+)<\/command><\/xcatrequest>/u.exec(text) ?? [];
    if (request === undefined || command === undefined) return;
    text = '';
    say(`asked ${command}`);
    socket.write(readFileSync(join(replies, command)));
    socket.setTimeout(quiet, () => socket.end());
  });
});
const status = createServer((socket) => {
  socket.on('error', (error) => say(`error: ${error.message}`));
  socket.write('ready\n');
  socket.on('data', (chunk) => {
    say(`status ${String(chunk).trim()}`);
    socket.end('done\n');
  });
});
status.listen(3002, address, () => tls.listen(3001, address, () => say('ready')));
