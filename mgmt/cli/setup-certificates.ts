import { userInfo } from 'node:os';
import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { settingTable } from '../config.ts';
import { tables } from '../db/tables.ts';
import { checkAdminName, ensureClientCertificate } from '../setup/certificate-client.ts';
import { ensureCertificates, serverName } from '../setup/certificates.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';

/** The options of `setup` that are about certificates. */
interface Options {
  readonly home?: string | undefined;
  readonly rotateCa: boolean;
}

/** CA, server certificate and its policy row, root's client certificate. */
export async function setupCertificates(
  names: readonly string[],
  { home, rotateCa }: Options,
  context: Context,
): Promise<void> {
  const { settings, print, log } = context;
  const now = new Date();
  const lines = await ensureCertificates(settings.etc, names, now, rotateCa);
  for (const line of lines) print(line);
  await trustServer(context);

  const root = home === undefined ? rootHome(settings.etc) : pathGiven(context, '--home', home);
  if (root === undefined) return;
  const client = { name: 'root', directory: join(root, '.xcat') };
  const ensured = await ensureClientCertificate(settings.etc, client, now);
  if ('line' in ensured) print(ensured.line);
  else log.warn(`${ensured.foreign} is not from setup: left alone, root gets no certificate there`);
}

/** A client certificate for an administrator besides root. What it opens is up to policy. */
export async function setupAdmin(admin: string, out: string, context: Context): Promise<void> {
  const { settings, print } = context;
  const name = checkAdminName(admin);
  const directory = pathGiven(context, '--out', out);
  const ensured = await ensureClientCertificate(settings.etc, { name, directory }, new Date());
  if ('foreign' in ensured) {
    throw new StateliteError(
      'ERR_STATELITE_SETUP',
      `${ensured.foreign} is not what setup made for ${name}`,
      { hint: 'move it away, or name another directory with --out' },
    );
  }
  print(ensured.line);
  const rows = await context.store().select(tables.policy, { name });
  if (rows.length > 0) return;
  print(
    `no policy row names ${name} yet, for everything: chtab priority=1.5 policy.name=${name} policy.rule=allow`,
  );
}

/** Row 1.2 of stock xCAT. One that is there is left as it is. */
async function trustServer({ store, print }: Context): Promise<void> {
  const { policy } = tables;
  const row = { priority: '1.2', name: serverName, rule: 'trusted' };
  const there = await store().select(policy, { priority: row.priority });
  if (there.length > 0) return;
  await store().insert(policy, row);
  print(`policy row ${row.priority}: trusts the server certificate's name, ${row.name}`);
}

/** A management node in a directory of its own touches nothing of the machine. */
function rootHome(etc: string): string | undefined {
  return etc === settingTable.etc.initial() ? userInfo().homedir : undefined;
}
