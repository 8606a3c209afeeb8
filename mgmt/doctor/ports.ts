import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hasCode } from '../../agent/errors.ts';
import { certificatePaths } from '../setup/certificates.ts';
import { askTcp, type Target, type TcpAnswer } from './ask-tcp.ts';
import { askTls, type TlsAnswer } from './ask-tls.ts';
import type { Check } from './check.ts';
import { type Finding, fail, ok } from './finding.ts';
import { formatOwner, type PortOwner, portOwner } from './port-owner.ts';
import { askedAddresses, type Site } from './site.ts';

/** A port that was asked, and who has it open here. */
export interface Asked<Answer> extends Target {
  readonly answer: Answer;
  readonly owner: PortOwner | undefined;
}

export const tlsPort: Check<Site> = {
  group: 'ports',
  name: 'TLS port',
  async look(site) {
    const asked = await askAll(site, site.cluster.site.port('xcatdport'), askTls);
    const own = await fingerprintOf(certificatePaths(site.settings.etc).cert);
    return asked.map((one) => judgeTls(one, own));
  },
};

export const statusPort: Check<Site> = {
  group: 'ports',
  name: 'status port',
  async look(site) {
    const asked = await askAll(site, site.cluster.site.port('xcatiport'), askTcp);
    return asked.map(judgeStatus);
  },
};

/** `own` is the fingerprint of the certificate that lies on the disk. */
export function judgeTls(asked: Asked<TlsAnswer>, own: string | undefined): Finding {
  const { answer } = asked;
  const where = `TLS port ${formatTarget(asked)}`;
  if (answer.kind !== 'answered') return unanswered(where, asked, answer);
  if (answer.status !== 200) {
    const hint = 'its log says more: journalctl -u statelite';
    return fail(`${where}: the daemon says ${answer.status} when asked for its health`, hint);
  }
  if (own !== undefined && answer.fingerprint !== own) {
    const { pid } = asked.owner ?? {};
    const hint = `let the daemon read it again: kill -HUP ${pid ?? '<its pid>'}`;
    return fail(`${where}: the daemon has another certificate than the one on the disk`, hint);
  }
  return ok(`${where}: the daemon is well and has the certificate of this machine`);
}

/** Strangers, as this machine is, are closed without a word; nodes get `ready`. */
export function judgeStatus(asked: Asked<TcpAnswer>): Finding {
  const { answer } = asked;
  const where = `status port ${formatTarget(asked)}`;
  if (answer.kind !== 'answered') return unanswered(where, asked, answer);
  if (answer.text === undefined) return ok(`${where}: answers (only nodes are told more)`);
  if (answer.text.startsWith('ready')) return ok(`${where}: ready`);
  return unanswered(where, asked, { kind: 'failed', why: 'it does not say ready' });
}

/** Why nothing came from a TCP port of this machine. */
export function unanswered(
  where: string,
  { host, port, owner }: Asked<unknown>,
  answer:
    | { readonly kind: 'refused' }
    | { readonly kind: 'silent' }
    | { readonly kind: 'failed'; readonly why: string },
): Finding {
  const by = owner === undefined ? '' : `, ${formatOwner(owner)} has the port`;
  if (answer.kind === 'refused' && owner !== undefined) {
    const hint = `let it listen there: ss -ltnp sport = :${port} shows where it does`;
    return fail(`${where}: ${formatOwner(owner)} listens, but not on ${host}`, hint);
  }
  if (answer.kind === 'refused') {
    return fail(
      `${where}: nobody listens`,
      'start the daemon: systemctl start statelite, or statelite serve',
    );
  }
  if (answer.kind === 'silent') {
    const hint = 'is it stopped or stuck, or does a firewall drop it (nft list ruleset)?';
    return fail(`${where}: no answer${by}`, hint);
  }
  const hint = `if that is another program, stop it, then statelite serve: ss -ltnp sport = :${port}`;
  return fail(`${where}: ${answer.why}${by}`, hint);
}

export function formatTarget({ host, port }: Target): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Asks a port at every address that nodes of this machine use. */
export async function askAll<Answer>(
  site: Site,
  port: number,
  ask: (target: Target) => Promise<Answer>,
): Promise<Asked<Answer>[]> {
  const owner = await portOwner(site, 'tcp', port);
  return Promise.all(
    askedAddresses(site).map(async (host) => {
      return { host, port, owner, answer: await ask({ host, port }) };
    }),
  );
}

async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    return new X509Certificate(await readFile(path)).fingerprint256;
  } catch (error) {
    // The certificates' own check says so.
    if (hasCode(error, 'ENOENT', 'EACCES')) return undefined;
    if (hasCode(error, 'ERR_OSSL_PEM_NO_START_LINE')) return undefined;
    throw error;
  }
}
