import { StateliteError } from '../../agent/errors.ts';
import { networkWord } from './network-word.ts';
import { hasControl, refuseValue, type Sourced, word } from './sourced.ts';

/** Everything the kernel command line of a statelite node is made of. Servers are addresses. */
export interface KernelValues {
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
  readonly serialport: Sourced;
  readonly serialspeed: Sourced;
  readonly serialflow: Sourced;
  /** Whether nodes divide their local disk by linuximage.partitionfile. */
  readonly partitions: boolean;
  readonly dump: Sourced;
  readonly crashkernelsize: Sourced;
  /** bootparams.addkcmdline, then linuximage.addkcmdline. */
  readonly added: readonly Sourced[];
}

/** What x86 kernels take (COMMAND_LINE_SIZE less the final NUL); more is cut without a word. */
const mostBytes = 2047;

/**
 * The words of the kernel command line, in the order of stock xCAT (reference 5.3). The boot loader
 * adds BOOTIF. Throws ERR_STATELITE_BOOTFILE naming row and column of a value that cannot be a word.
 */
export function kernelArguments(values: KernelValues): string[] {
  const { node, ports, master } = values;
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
    ...consoleWords(values),
    ...(disablesSelinux(values.os) ? ['selinux=0'] : []),
    ...dumpWords(values),
    ...(values.partitions ? [partitionWord(values.os)] : []),
    `MNTOPTS=${word(values.mntopts)}`,
    ...values.added.flatMap(addedWords),
  ];
  const bytes = Buffer.byteLength(args.join(' '));
  if (bytes <= mostBytes) return args;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `the kernel command line of ${node} has ${bytes} bytes, and the kernel takes ${mostBytes}`,
    { hint: 'shorten bootparams.addkcmdline or linuximage.addkcmdline' },
  );
}

/** Whether the image's own initramfs is dracut's, which knows `root=nfs:` only; ours knows both words. */
function hasDracut(os: string): boolean {
  const [, family = '', major = ''] = /^([A-Za-z-]+?)-?(\d+)/.exec(os) ?? [];
  if (/^(rhel|centos|alma|rocky|ol$|SL$)/.test(family)) return Number(major) >= 6;
  if (family === 'fedora') return Number(major) >= 12;
  return /^(sles|leap|opensuse)/.test(family) && Number(major) >= 12;
}

function rootWord(values: KernelValues): string {
  const { os, imageServer, imageDirectory, nfsrootopts, packed } = values;
  if (packed !== undefined) return imageWord(packed, values);
  const place = `${bracketed(word(imageServer))}:${word(imageDirectory)}`;
  const options = parseRootOptions(nfsrootopts);
  // What follows it are mount options.
  const end = hasDracut(os) ? ':' : ',';
  if (imageDirectory.text.includes(end)) {
    refuseValue(imageDirectory, `holds "${end}"`, `give the image a directory without "${end}"`);
  }
  if (hasDracut(os)) return `root=nfs:${place}/rootimg:${['ro', ...options].join(',')}`;
  return `NFSROOT=${[place, ...options].join(',')}`;
}

/** The path is absolute, hence the double slash, as in stock xCAT. Our daemon serves it. */
function imageWord(packed: Sourced, { master, ports }: KernelValues): string {
  const server = `${bracketed(word(master))}:${ports.http}`;
  const path = word(packed).split('/').map(encodeURIComponent).join('/');
  return `imgurl=http://${server}/${path}`;
}

/** osimage.nfsrootopts without `ro`, which is always there (reference 5.4). */
function parseRootOptions(value: Sourced): string[] {
  if (value.text === '') return [];
  const options = word(value).split(',');
  const wrong = options.find((option) => option === '' || /^(rw|defaults)$/i.test(option));
  if (wrong === undefined) return options.filter((option) => option.toLowerCase() !== 'ro');
  refuseValue(
    value,
    wrong === '' ? 'has an empty option' : `cannot contain ${wrong}`,
    'statelite NFS roots are always read-only',
  );
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

function consoleWords({ node, arch, ...values }: KernelValues): string[] {
  const port = word(values.serialport);
  if (port === '') return [];
  const speed = word(values.serialspeed);
  if (speed === '') {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `serialport defined, but no serialspeed for ${node} in nodehm table`,
      { hint: `chtab node=${node} nodehm.serialspeed=115200` },
    );
  }
  const flow = /hard|tcs|ctsrts/.test(values.serialflow.text) ? 'n8r' : '';
  const device = arch.startsWith('ppc64') ? 'hvc' : 'ttyS';
  return ['console=tty0', `console=${device}${port},${speed}${flow}`];
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

function dumpWords({ arch, dump, crashkernelsize }: KernelValues): string[] {
  if (dump.text === '') return [];
  const usual = arch.startsWith('ppc64') ? '256M@64M' : '128M';
  return [`crashkernel=${word(crashkernelsize) || usual}`, `dump=${word(dump)}`];
}

/** `R::word` is for installed systems only; a bare `rw` makes dracut mount the shared root writable. */
function addedWords(value: Sourced): string[] {
  if (hasControl(value.text)) refuseValue(value, 'holds a control character');
  const words = value.text.split(' ').filter((item) => item !== '' && !item.startsWith('R::'));
  if (words.includes('rw')) {
    refuseValue(value, 'cannot contain rw', 'the root of a statelite node is always read-only'); // QUIRK-26
  }
  const macro = words.find((item) => /#(NODEATTRIB|TABLE):/.test(item));
  if (macro === undefined) return words;
  refuseValue(value, `holds the macro ${macro}`, 'write the value, for the node or for its group');
}

/** An IPv6 address before `:`; anything else as it is. */
function bracketed(server: string): string {
  return /^[0-9a-f]*:[0-9a-f:.]*$/i.test(server) ? `[${server}]` : server;
}
