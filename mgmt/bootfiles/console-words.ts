import { StateliteError } from '../../agent/errors.ts';
import { refuseValue, type Sourced, word } from './sourced.ts';

/** What nodehm says of a node's serial console. */
export interface SerialConsole {
  readonly serialport: Sourced;
  readonly serialspeed: Sourced;
  readonly serialflow: Sourced;
}

/**
 * The consoles of a node with nodehm.serialport: the screen, and last, since that is /dev/console,
 * the serial port. A number means the usual device of the architecture, a name is that device.
 * ERR_STATELITE_BOOTFILE in stock's words without a speed.
 */
export function consoleWords(node: string, arch: string, serial: SerialConsole): string[] {
  const port = word(serial.serialport);
  if (port === '') return [];
  if (!/^(?:\d+|[A-Za-z]+\d+)$/u.test(port)) {
    refuseValue(
      serial.serialport,
      `${JSON.stringify(port)} is no serial port`,
      'write its number, 0 for the first one, or the name of its device, e.g. ttyS1',
    );
  }
  const speed = word(serial.serialspeed);
  if (speed === '') {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `serialport defined, but no serialspeed for ${node} in nodehm table`,
      { hint: `chtab node=${node} nodehm.serialspeed=115200` },
    );
  }
  const flow = /hard|tcs|ctsrts/.test(serial.serialflow.text) ? 'n8r' : '';
  const device = /^\d/u.test(port) ? `${deviceOf(arch)}${port}` : port;
  return ['console=tty0', `console=${device},${speed}${flow}`];
}

/** Servers with arm64 have a PL011; stock says ttyS, which they have not. */
function deviceOf(arch: string): string {
  if (arch.startsWith('ppc64')) return 'hvc';
  return arch === 'aarch64' ? 'ttyAMA' : 'ttyS';
}
