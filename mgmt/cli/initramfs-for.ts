import { StateliteError } from '../../agent/errors.ts';
import { buildInitramfs } from '../../initramfs/build.ts';
import type { Compression } from '../../initramfs/compress.ts';
import { renderContents } from '../../initramfs/contents.ts';
import type { InitramfsJob } from '../image/genimage/build.ts';
import { exists } from '../image/genimage/exists.ts';
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
  const report = await buildInitramfs({
    ...job,
    agent: settings.agent,
    compression,
    level,
    busybox: await busyboxHere(),
    ca: hasCa ? ca : undefined,
  });
  const lines = renderContents(report);
  return [...lines.slice(0, -2).slice(0, 10), ...lines.slice(-2)];
}

async function busyboxHere(): Promise<string> {
  for (const path of ['/usr/bin/busybox', '/bin/busybox']) if (await exists(path)) return path;
  throw new StateliteError('ERR_STATELITE_INITRAMFS', 'this machine has no busybox', {
    hint: 'apt-get install busybox-static',
  });
}
