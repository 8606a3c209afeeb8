import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { BootReport } from '../../agent/protocol/report.ts';

const kept = 20;
const reportName = /^\d{4}-\d\d-\d\dT[\d-]+\.\d{3}Z\.json$/;

/**
 * Writes `<reports>/<node>/<UTC time>.json` and removes all but the newest 20 of that node. The
 * time has `-` for `:`. A reader sees whole reports only.
 */
export async function storeReport(
  reports: string,
  node: string,
  report: BootReport,
  time: Date,
): Promise<void> {
  if (!/^\w[\w.-]*$/.test(node)) {
    throw new StateliteError(
      'ERR_STATELITE_PATH',
      `${JSON.stringify(node)} cannot name a directory`,
    );
  }
  const directory = join(reports, node);
  await mkdir(directory, { recursive: true });
  const name = `${time.toISOString().replaceAll(':', '-')}.json`;
  const partial = join(directory, `.${name}.partial`);
  const file = await open(partial, 'w', 0o640);
  try {
    await file.writeFile(`${JSON.stringify(report, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, join(directory, name));
  const old = (await readdir(directory)).filter((entry) => reportName.test(entry)).toSorted();
  for (const entry of old.slice(0, -kept)) await rm(join(directory, entry), { force: true });
}
