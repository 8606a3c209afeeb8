import { StateliteError } from '../../agent/errors.ts';
import { type Architecture, architectures } from '../../initramfs/architectures.ts';
import { buildInitramfs } from '../../initramfs/build.ts';
import type { Compression } from '../../initramfs/compress.ts';
import { renderContents } from '../../initramfs/contents.ts';
import { programsOf } from '../../initramfs/programs.ts';
import { agentFor, machineArch } from '../agent-for.ts';
import type { InitramfsJob } from '../image/genimage/build.ts';
import type { Settings } from '../config.ts';
import { exists } from '../image/genimage/exists.ts';
import { missingForDisks } from './disk-programs.ts';
import { certificatePaths } from '../setup/certificates.ts';
import type { Context } from './context.ts';

/** Builds the initramfs with the CA that `statelite setup` made, and says what is largest in it. */
export async function initramfsFor(
  job: InitramfsJob,
  { settings, log }: Pick<Context, 'settings' | 'log'>,
  {
    compression,
    level,
  }: { readonly compression: Compression; readonly level?: number | undefined },
): Promise<string[]> {
  const { ca } = certificatePaths(settings.etc);
  const hasCa = await exists(ca);
  if (!hasCa) {
    log.warn(
      `there is no ${ca}: nodes cannot know this management node; run statelite setup, then genimage --onlyinitrd`,
    );
  }
  const { osarch = machineArch(), partitionfile, ...rest } = job;
  const isForeign = osarch !== undefined && osarch !== machineArch();
  const report = await buildInitramfs({
    ...rest,
    agent: agentFor(osarch, settings),
    compression,
    level,
    localDisk: partitionfile !== '',
    busybox: isForeign ? architectureOf(osarch) : await busyboxHere(),
    ca: hasCa ? ca : undefined,
  });
  for (const line of await missingForDisks(partitionfile, report)) log.warn(line);
  const lines = renderContents(report);
  return [...lines.slice(0, -2).slice(0, 10), ...lines.slice(-2)];
}

/**
 * Why no initramfs can be made for nodes of an architecture that is not this machine's: there is no
 * agent for them. Undefined if there is one, and for this machine's architecture.
 */
export async function missingAgent(
  osarch: string,
  settings: Pick<Settings, 'agent'>,
): Promise<StateliteError | undefined> {
  const agent = agentFor(osarch, settings);
  if (osarch === machineArch() || (await exists(agent))) return undefined;
  const isKnown = architectures.some(({ name }) => name === osarch);
  const page = 'see docs/architectures.md';
  return new StateliteError(
    'ERR_STATELITE_INITRAMFS',
    `there is no ${agent}, and an initramfs for ${osarch} needs it`,
    { hint: isKnown ? `npm run build -- ${osarch} makes it, ${page}` : page },
  );
}

/**
 * Why a root of another architecture can have no initramfs: neither it nor this machine has a busybox
 * or the agent's libraries for it. Undefined if all is there, and for this machine's architecture.
 */
export async function missingPrograms(
  { osarch, root }: Pick<InitramfsJob, 'osarch' | 'root'>,
  settings: Pick<Settings, 'agent'>,
): Promise<StateliteError | undefined> {
  if (osarch === undefined || osarch === machineArch()) return undefined;
  try {
    await programsOf(architectureOf(osarch), { root, agent: agentFor(osarch, settings) });
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError && error.code === 'ERR_STATELITE_INITRAMFS') return error;
    throw error;
  }
}

/** Throws ERR_STATELITE_INITRAMFS for an architecture that only xCAT knows. */
function architectureOf(osarch: string): Architecture {
  const found = architectures.find(({ name }) => name === osarch);
  if (found !== undefined) return found;
  throw new StateliteError('ERR_STATELITE_INITRAMFS', `no initramfs can be made for ${osarch}`, {
    hint: `osimage.osarch is one of ${architectures.map(({ name }) => name).join(', ')}`,
  });
}

async function busyboxHere(): Promise<string> {
  for (const path of ['/usr/bin/busybox', '/bin/busybox']) if (await exists(path)) return path;
  throw new StateliteError('ERR_STATELITE_INITRAMFS', 'this machine has no busybox', {
    hint: 'apt-get install busybox-static',
  });
}
