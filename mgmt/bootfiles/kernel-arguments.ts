import { StateliteError } from '../../agent/errors.ts';
import { parseCmdline } from '../../agent/protocol/cmdline.ts';
import { addedWords } from './added-words.ts';
import { consoleWords, type SerialConsole } from './console-words.ts';
import { networkWord } from './network-word.ts';
import { bracketed, rootWord } from './root-word.ts';
import { refuseValue, type Sourced, word } from './sourced.ts';

/** Everything the kernel command line of a statelite node is made of. Servers are addresses. */
export interface KernelValues extends SerialConsole {
  readonly node: string;
  readonly os: string;
  readonly arch: string;
  readonly imageServer: Sourced;
  /** Holds rootimg. */
  readonly imageDirectory: Sourced;
  readonly nfsrootopts: Sourced;
  /** The file that a RAM-disk image is packed in; undefined: the root is over NFS. */
  readonly packed: Sourced | undefined;
  readonly statemnt: Sourced;
  readonly mntopts: Sourced;
  readonly master: Sourced;
  readonly ports: { readonly xcatd: number; readonly xcati: number; readonly http: number };
  /** site.nodestatus and site.xcatdebugmode. */
  readonly nodestatus: string;
  readonly debugmode: string;
  readonly installnic: Sourced;
  readonly primarynic: Sourced;
  readonly nodebootif: Sourced;
  /** The address of the node's NIC, where nothing else tells it to the node. */
  readonly bootif: string | undefined;
  /** Whether nodes divide their local disk by linuximage.partitionfile. */
  readonly partitions: boolean;
  readonly dump: Sourced;
  readonly crashkernelsize: Sourced;
  /** bootparams.addkcmdline, then linuximage.addkcmdline. */
  readonly added: readonly Sourced[];
  /** What the boot loader puts around these words; its own length counts. */
  readonly loaderWords: readonly string[];
}

/**
 * What kernels of x86, arm64 and powerpc take: COMMAND_LINE_SIZE less the final NUL, and less
 * ` shell` of `nodeset shell`. More is cut without a word.
 */
const mostBytes = 2047 - 6;

/**
 * The words of the kernel command line, in the order of stock xCAT (reference 5.3). Throws
 * ERR_STATELITE_BOOTFILE naming row and column of a value that cannot be a word, or saying what the
 * node's agent would not take.
 */
export function kernelArguments(values: KernelValues): string[] {
  const { node, arch, ports, master } = values;
  const xcat = word(master);
  const args = [
    rootWord(values),
    // Always there, also empty: nodes take its presence for "this is statelite".
    `STATEMNT=${word(values.statemnt)}`,
    `XCAT=${bracketed(xcat)}:${ports.xcatd}`,
    `NODE=${node}`,
    ...(/^[nN0]$/.test(values.nodestatus) ? ['nonodestatus'] : []),
    `XCATHTTPPORT=${ports.http}`,
    `XCATIPORT=${ports.xcati}`, // QUIRK-29: stock never tells the node
    ...debugWords(values.debugmode, xcat),
    ...networkWord(values),
    ...consoleWords(node, arch, values),
    ...(disablesSelinux(values.os) ? ['selinux=0'] : []),
    ...dumpWords(values),
    ...(values.partitions ? [partitionWord(values.os)] : []),
    `MNTOPTS=${mountOptions(values.mntopts)}`,
    ...values.added.flatMap(addedWords),
  ];
  refuseUnreadable(node, args);
  refuseLong([...args, ...values.loaderWords]);
  return args;
}

/**
 * What the agent would stop at is said here, before the node is on its way. Messages are without the
 * node's name: those of many nodes are told once.
 */
function refuseUnreadable(node: string, args: readonly string[]): void {
  const named = readBack(args).node;
  if (named === node) return;
  throw new StateliteError('ERR_STATELITE_BOOTFILE', `the kernel command line says NODE=${named}`, {
    hint: 'take NODE= out of bootparams.addkcmdline or linuximage.addkcmdline',
  });
}

function readBack(args: readonly string[]) {
  try {
    return parseCmdline(args.join(' '));
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { message, hint, cause } = error;
    throw new StateliteError('ERR_STATELITE_BOOTFILE', `nodes would refuse their ${message}`, {
      ...(hint !== undefined && { hint }),
      cause,
    });
  }
}

function refuseLong(words: readonly string[]): void {
  const more = Buffer.byteLength(words.join(' ')) - mostBytes;
  if (more <= 0) return;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `the kernel command line is up to ${Math.ceil(more / 50) * 50} bytes too long: with what the boot loader adds, kernels take ${mostBytes}`,
    { hint: 'shorten bootparams.addkcmdline or linuximage.addkcmdline' },
  );
}

/** A comma list; administrators write blanks into it. */
function mountOptions(value: Sourced): string {
  const options = value.text.split(',').map((option) => option.trim());
  return word({ ...value, text: options.join(',') });
}

function debugWords(mode: string, master: string): string[] {
  if (mode !== '1' && mode !== '2') return [];
  return [
    `LOGSERVER=${master}`,
    `syslog.server=${master}`,
    'syslog.type=rsyslogd',
    'syslog.filter=*.*',
    `xcatdebugmode=${mode}`,
  ];
}

/** QUIRK-63: stock forgets CentOS and Scientific Linux. */
function disablesSelinux(os: string): boolean {
  return /^(fedora1[23]|(rhel[a-z]*|ol|alma|rocky|centos(-stream)?|SL)(7|8|9|10))(\D|$)/.test(os);
}

/** node 1.2: the bare word is for systems that stock has no word of their own for. */
function partitionWord(os: string): string {
  if (/^(rhel|centos|alma|rocky|ol\d|SL\d|fedora)/.test(os)) return 'PARTITION_RH';
  return /^(sles|leap|opensuse)/.test(os) ? 'PARTITION_SLES' : 'PARTITION';
}

/** `fadump:` is the dump by firmware that POWER has; the kernel knows how much memory it needs. */
function dumpWords({ arch, dump, crashkernelsize }: KernelValues): string[] {
  if (dump.text === '') return [];
  const size = word(crashkernelsize);
  const target = word(dump);
  const isPower = arch.startsWith('ppc64');
  if (!target.startsWith('fadump:')) {
    return [`crashkernel=${size || (isPower ? '256M@64M' : '128M')}`, `dump=${target}`];
  }
  if (!isPower) refuseValue(dump, `is ${target}, and only POWER has fadump`, 'leave fadump: out');
  const reserved = size === '' ? [] : [`crashkernel=${size}`];
  return ['fadump=on', ...reserved, `dump=${target.slice('fadump:'.length)}`];
}
