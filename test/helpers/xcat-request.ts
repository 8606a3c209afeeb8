import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

/** Asks the daemon of this machine as root's xCAT client does: `xcat-request.ts COMMAND NODES WORDS...`. */
const [command, nodes, ...words] = process.argv.slice(2);
const directory = '/root/.xcat';
const pem = readFileSync(`${directory}/client-cred.pem`);
const socket = connect({
  host: '127.0.0.1',
  port: 3001,
  cert: pem,
  key: pem,
  ca: readFileSync(`${directory}/ca.pem`),
  checkServerIdentity: () => undefined,
});
const args = words.map((word) => `<arg>${word}</arg>`).join('');
socket.write(
  `<xcatrequest><command>${command}</command><noderange>${nodes}</noderange>${args}</xcatrequest>\n`,
);
let text = '';
for await (const chunk of socket) {
  text += String(chunk);
  if (text.includes('<serverdone>')) break;
}
process.stdout.write(text);
