import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The service manager's end of sd_notify(3): a UNIX datagram socket, which Node has not. */
export interface NotifySocket extends AsyncDisposable {
  /** The datagrams so far. */
  readonly messages: readonly string[];
}

const program = `
use Socket;
$| = 1;
my $name = shift;
$name =~ s/^@/\\0/;
my $s;
socket($s, AF_UNIX, SOCK_DGRAM, 0) && bind($s, pack_sockaddr_un($name)) or die $!;
print "bound\\0";
my $message;
print "$message\\0" while defined recv($s, $message, 65536, 0);
`;

/** `address` is a path, or `@` and a name of the abstract namespace. */
export async function notifySocket(address: string): Promise<NotifySocket> {
  const child = spawn('perl', ['-e', program, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: string[] = [];
  let text = '';
  const { promise: bound, resolve } = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
    const parts = text.split('\0');
    text = parts.pop() ?? '';
    for (const part of parts) {
      if (part === 'bound') resolve();
      else messages.push(part);
    }
  });
  const exited = once(child, 'exit');
  await Promise.race([bound, exited]);
  return {
    messages,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
