import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { statePath } from '../bootfiles/node-files.ts';
import { bootScriptName } from '../setup/boot-script.ts';
import { hasIscDhcp } from '../setup/dhcp-backend.ts';
import { askHttp, compared, type FileAnswer } from './ask-http.ts';
import { askTftp } from './ask-tftp.ts';
import type { Check } from './check.ts';
import { type Finding, fail, note, ok, warn } from './finding.ts';
import { formatOwner, portOwner } from './port-owner.ts';
import { askAll, type Asked, formatTarget, unanswered } from './ports.ts';
import { askedAddresses, type Site } from './site.ts';

const tftpPort = 69;

/** A boot file and how it begins on the disk. */
export interface Sample {
  /** Below tftpdir. */
  readonly path: string;
  readonly bytes: Buffer;
}

export const httpServer: Check<Site> = {
  group: 'ports',
  name: 'HTTP server',
  async look(site) {
    const sample = await readSample(site);
    if (sample === undefined) return [nothingToServe(site)];
    const port = site.cluster.site.port('httpport');
    const asked = await askAll(site, port, (target) => askHttp(target, `/tftpboot/${sample.path}`));
    return asked.map((one) => judgeHttp(one, sample));
  },
};

export const tftpServer: Check<Site> = {
  group: 'ports',
  name: 'TFTP server',
  async look(site) {
    const sample = await readSample(site);
    if (sample === undefined) return [];
    const owner = await portOwner(site, 'udp', tftpPort);
    return Promise.all(
      askedAddresses(site).map(async (host) => {
        const answer = await askTftp({ host, port: tftpPort }, sample.path, owner !== undefined);
        return judgeTftp({ host, port: tftpPort, owner, answer }, sample, startOf(site));
      }),
    );
  },
};

export function judgeHttp(asked: Asked<FileAnswer>, sample: Sample): Finding {
  const { answer } = asked;
  const where = `HTTP port ${formatTarget(asked)}`;
  if (answer.kind !== 'served')
    return unanswered(`${where}, /tftpboot/${sample.path}`, asked, answer);
  if (answer.bytes.equals(sample.bytes)) return ok(`${where}: serves ${sample.path}`);
  const { owner } = asked;
  const who = owner === undefined ? 'it' : formatOwner(owner);
  const hint = 'let it serve site.tftpdir as /tftpboot, or stop it and run statelite serve';
  return fail(`${where}: ${who} serves another ${sample.path} than tftpdir has`, hint);
}

/**
 * Nodes with iPXE in their firmware boot without TFTP, others get their loader by it. `start` says how
 * a server is started.
 */
export function judgeTftp(asked: Asked<FileAnswer>, sample: Sample, start: string): Finding {
  const { answer, owner } = asked;
  const where = `TFTP ${formatTarget(asked)}`;
  const by = owner === undefined ? 'nobody listens' : `${formatOwner(owner)} listens`;
  switch (answer.kind) {
    case 'served':
      if (answer.bytes.equals(sample.bytes)) return ok(`${where}: serves ${sample.path}`);
      return fail(
        `${where}: serves another ${sample.path} than tftpdir has`,
        `let its root be site.tftpdir: dnsmasq tftp-root, or tftpd --secure; ${by}`,
      );
    case 'failed':
      return fail(
        `${where}: ${sample.path}: ${answer.why}`,
        `is its root site.tftpdir, and may its user read there? ${by}`,
      );
    case 'refused':
    case 'silent':
      if (owner !== undefined) {
        const hint = 'does it listen on that address, does a firewall drop UDP port 69?';
        return fail(`${where}: no answer, ${formatOwner(owner)} has the port`, hint);
      }
      return fail(`${where}: nobody listens`, start);
  }
}

/** The TFTP server that setup writes for, or the site's own. */
function startOf({ cluster, settings }: Site): string {
  const { site } = cluster;
  if (hasIscDhcp(site)) return `start the site's own, with its root ${site.tftpdir}`;
  const file = join(settings.etc, 'generated/dnsmasq.conf');
  return `start it: dnsmasq --conf-file=${file}, which statelite setup writes`;
}

/** The first boot file that is there: of a node, else the first script. */
async function readSample({ cluster, boots }: Site): Promise<Sample | undefined> {
  const { tftpdir } = cluster.site;
  const paths = boots.slice(0, 20).map(({ plan }) => statePath(plan));
  for (const path of [...paths, bootScriptName]) {
    const bytes = await readBeginning(join(tftpdir, path));
    if (bytes !== undefined) return { path, bytes };
  }
  return undefined;
}

async function readBeginning(path: string): Promise<Buffer | undefined> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(compared), 0, compared, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function nothingToServe({ cluster, nodes }: Site): Finding {
  const message = `no boot file below ${cluster.site.tftpdir}: HTTP and TFTP were not asked`;
  if (nodes.length === 0) return note(message, 'statelite setup writes the first');
  return warn(message, 'statelite setup, then nodeset <nodes> osimage=<image>, write them');
}
