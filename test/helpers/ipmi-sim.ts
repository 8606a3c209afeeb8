import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Controllers that OpenIPMI's simulator plays: real packets, on addresses of loopback. */
export interface IpmiSim extends AsyncDisposable {
  /** Their addresses; each listens on the port that IPMI has. */
  readonly addresses: readonly string[];
  /** What the first controllers were told to do since the last time, in order: `power 1`, `boot pxe`. */
  readonly told: () => Promise<string[]>;
  /** Switches the power of one as its button does. */
  readonly setPower: (index: number, power: 'on' | 'off') => Promise<void>;
}

/** The account of each of them, an administrator's. */
export const simAccount = { username: 'admin', password: `geheim$(id);'x` };

const port = 623;

/**
 * Starts `count` controllers, all off. `serial` is the TCP port of this machine that the first has its
 * serial over LAN from; something must listen there already.
 */
export async function ipmiSim(
  directory: string,
  { count = 1, serial }: { readonly count?: number; readonly serial?: number } = {},
): Promise<IpmiSim> {
  const home = join(directory, 'ipmi');
  const told = join(home, 'told');
  await mkdir(join(home, 'state'), { recursive: true });
  await writeFile(told, '');
  // Files of a test that run at the same time need networks of their own.
  const network = `127.${randomInt(1, 255)}.${randomInt(0, 255)}`;
  const controllers = Array.from({ length: count }, (_, index) => ({
    address: `${network}.${index + 1}`,
    name: `0x${(0x20 + 2 * index).toString(16)}`,
  }));
  const program = join(home, 'chassis');
  await writeFile(program, chassis(home));
  await chmod(program, 0o755);
  const sol = serial === undefined ? '' : `sol "tcp:127.0.0.1:${serial}" 115200\n`;
  await writeFile(
    join(home, 'lan.conf'),
    `name "bmc"\n${controllers
      .map(({ name, address }, index) =>
        [
          `set_working_mc ${name}`,
          index === 0 ? sol : '',
          'startlan 1',
          `addr ${address} ${port}`,
          'priv_limit admin',
          'guid a123456789abcdefa123456789abcdef',
          'endlan',
          `chassis_control "${program} ${name}"`,
          `user 2 true "${simAccount.username}" "${simAccount.password}" admin 10 none md5`,
          '',
        ].join('\n'),
      )
      .join('\n')}`,
  );
  const commands = controllers.map(
    ({ name }) => `mc_add ${name} 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\nmc_enable ${name}\n`,
  );
  await writeFile(join(home, 'commands'), `mc_setbmc 0x20\n${commands.join('')}`);
  const words = ['-n', '-c', join(home, 'lan.conf'), '-f', join(home, 'commands')];
  const child = spawn('ipmi_sim', [...words, '-s', join(home, 'state')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const wanted = controllers.map(({ address }) => asInProc(address));
  for (;;) {
    const sockets = await readFile('/proc/net/udp', 'utf8');
    if (wanted.every((socket) => sockets.includes(socket))) break;
    if (child.exitCode !== null) throw new Error(`ipmi_sim ended with ${child.exitCode}`);
    await sleep(20);
  }
  let known = 0;
  return {
    addresses: controllers.map(({ address }) => address),
    async told() {
      const lines = (await readFile(told, 'utf8')).split('\n').slice(0, -1);
      const fresh = lines.slice(known);
      known = lines.length;
      return fresh;
    },
    async setPower(index, power) {
      await writeFile(join(home, `${controllers[index]?.name}.power`), power === 'on' ? '1' : '0');
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The simulator runs it as `chassis CONTROLLER get NAME...` and `set NAME VALUE...`. */
function chassis(home: string): string {
  return `#!/bin/sh
cd '${home}'
controller=$1
action=$2
shift 2
case $action in
get)
  for name; do
    value=$(cat "$controller.$name" 2>/dev/null)
    echo "$name:\${value:-$([ "$name" = boot ] && echo default || echo 0)}"
  done ;;
set)
  while [ $# -gt 0 ]; do
    [ "$controller" = 0x20 ] && echo "$1 $2" >> told
    [ "$1" = shutdown ] && echo 0 > "$controller.power" || echo "$2" > "$controller.$1"
    shift 2
  done ;;
esac
`;
}

/** As /proc/net/udp has it: the bytes of the address from behind, in hexadecimal. */
function asInProc(address: string): string {
  const bytes = address.split('.').toReversed();
  return `${bytes.map((byte) => hex(Number(byte), 2)).join('')}:${hex(port, 4)}`.toUpperCase();
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
