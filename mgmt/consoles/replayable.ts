/**
 * What asks a terminal something: it answers as if somebody typed. Status and attributes (CSI ... n, c,
 * x, and t with its reports), ENQ, DECID, and strings for the terminal itself (OSC, DCS, APC, PM, SOS).
 */
const questions =
  // oxlint-disable-next-line no-control-regex -- it is about controls
  /\u001B\[[\d;?>=!]*[ncxt]|\u001B\[[\d;?>=!]*\$p|\u0005|\u001BZ|\u001B[\]P_^X][^\u0007\u001B]*(?:\u0007|\u001B\\)?/gu;

/**
 * What a console printed before, fit to be shown again: without what a terminal would answer, for the
 * answer would be typed at a node that asked long ago; and from the beginning of a line, if there is one.
 */
export function replayable(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1'); // one byte is one character
  const line = text.indexOf('\n');
  const whole = line === -1 || line === text.length - 1 ? text : text.slice(line + 1);
  return Buffer.from(whole.replaceAll(questions, ''), 'latin1');
}

/**
 * Undoes what a console may have left a terminal in: another character set, colours, no cursor, the
 * second screen (1047, for 1049 would also move the cursor), reports of the mouse and of pastes.
 */
export const soberTerminal =
  '\u000F\u001B(B\u001B[0m\u001B[?25h\u001B[?1047l\u001B[?1000;1002;1003;1006l\u001B[?2004l\u001B[?1l\u001B>';
