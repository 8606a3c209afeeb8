import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a machine says of itself when it asks for an address. */
export interface DhcpAsk {
  readonly mac: string;
  /** DHCP option 93; absent for a system, which boots nothing. */
  readonly arch?: number;
  /** `PXEClient` or `HTTPClient`, option 60. */
  readonly vendor?: string;
  /** iPXE says so in options 77 and 175. */
  readonly ipxe?: boolean;
}

/** What it is offered; undefined if nobody answers within two seconds. */
export interface DhcpOffer {
  readonly address: string;
  readonly nextServer: string;
  readonly file: string;
  readonly name: string | undefined;
  readonly vendor: string | undefined;
  readonly domain: string | undefined;
  readonly router: string | undefined;
  readonly mtu: number | undefined;
  /** Time servers. */
  readonly ntp: readonly string[];
  readonly configuration: string | undefined;
}

/** Asks on standard input, a JSON line each; answers in the same order. The NIC comes by itself. */
async function main(): Promise<void> {
  while (!hasNic()) await sleep(10);
  for (const argv of [
    'address add 10.77.0.250/24 dev dh1',
    'link set dh1 up',
    'route add 255.255.255.255 dev dh1',
  ]) {
    execFileSync('ip', argv.split(' '));
  }
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(68, resolve));
  socket.setBroadcast(true);
  for await (const line of createInterface({ input: process.stdin })) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the runner writes it
    const offer = await ask(socket, JSON.parse(line) as DhcpAsk);
    process.stdout.write(`${JSON.stringify(offer ?? null)}\n`);
  }
  socket.close();
}

function hasNic(): boolean {
  return execFileSync('ip', ['-o', 'link']).toString().includes('dh1');
}

async function ask(socket: ReturnType<typeof createSocket>, about: DhcpAsk) {
  const id = Math.trunc(Math.random() * 2 ** 32);
  const { promise, resolve } = Promise.withResolvers<DhcpOffer | undefined>();
  const take = (message: Buffer) => {
    if (message.readUInt32BE(4) === id) resolve(parse(message));
  };
  socket.on('message', take);
  const timer = setTimeout(resolve, 2000, undefined);
  socket.send(discover(about, id), 67, '255.255.255.255');
  const offer = await promise;
  clearTimeout(timer);
  socket.off('message', take);
  return offer;
}

function option(code: number, ...bytes: number[]): number[] {
  return [code, bytes.length, ...bytes];
}

/** DHCPDISCOVER of RFC 2131; the answer is to be a broadcast. */
function discover({ mac, arch, vendor, ipxe = false }: DhcpAsk, id: number): Buffer {
  const head = Buffer.alloc(240);
  head.set([1, 1, 6, 0]);
  head.writeUInt32BE(id, 4);
  head.writeUInt16BE(0x8000, 10);
  head.set(Buffer.from(mac.replaceAll(':', ''), 'hex'), 28);
  head.set([0x63, 0x82, 0x53, 0x63], 236);
  const text = (code: number, value: string) => option(code, ...Buffer.from(value));
  return Buffer.concat([
    head,
    Buffer.from([
      ...option(53, 1),
      ...option(55, 1, 3, 12, 15, 26, 42, 60, 209),
      ...(arch === undefined ? [] : option(93, arch >> 8, arch & 255)),
      ...(vendor === undefined ? [] : text(60, vendor)),
      ...(ipxe ? [...text(77, 'iPXE'), ...option(175, 1, 1, 1)] : []),
      255,
    ]),
  ]);
}

function ip(bytes: Buffer | undefined): string | undefined {
  return bytes && [...bytes].slice(0, 4).join('.');
}

function addresses(bytes: Buffer): string[] {
  const count = Math.trunc(bytes.length / 4);
  return Array.from({ length: count }, (_, at) =>
    [...bytes.subarray(at * 4, at * 4 + 4)].join('.'),
  );
}

function parse(message: Buffer): DhcpOffer {
  const options = new Map<number, Buffer>();
  for (let at = 240; at < message.length && message[at] !== 255;) {
    const [code = 0, length = 0] = message.subarray(at, at + 2);
    if (code === 0) at += 1;
    else {
      options.set(code, message.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  const text = (code: number) => options.get(code)?.toString().replace(/\0.*$/s, '');
  return {
    address: ip(message.subarray(16, 20)) ?? '',
    nextServer: ip(message.subarray(20, 24)) ?? '',
    file: text(67) ?? message.subarray(108, 236).toString().replace(/\0.*$/s, ''),
    name: text(12),
    vendor: text(60),
    domain: text(15),
    router: ip(options.get(3)),
    mtu: options.get(26)?.readUInt16BE(),
    ntp: addresses(options.get(42) ?? Buffer.alloc(0)),
    configuration: text(209),
  };
}

if (import.meta.main) await main();
