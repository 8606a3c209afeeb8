import { text } from 'node:stream/consumers';
import type { Level, Place, Powered, Seen } from './job.ts';
import { createAsker } from './ask.ts';
import { powerOn } from './power-on.ts';

/** A job on standard input, what was seen on standard output. */
const { job, place }: { job: Level | Powered; place: Place } = JSON.parse(
  await text(process.stdin),
);
process.stdout.write(
  JSON.stringify(await (job.kind === 'power-on' ? powerOn(job, place) : run(job))),
);

async function run({ kind, clients, requests }: Level): Promise<Seen> {
  const times: number[] = [];
  const errors: Record<string, number> = {};
  let left = requests;
  const askers = Array.from({ length: clients }, (_, index) => createAsker(kind, place, index));
  const begun = performance.now();
  await Promise.all(
    askers.map(async (asker) => {
      while (left-- > 0) {
        const start = performance.now();
        try {
          await asker.ask();
          times.push(performance.now() - start);
        } catch (error) {
          const what = error instanceof Error ? error.message : String(error);
          errors[what] = (errors[what] ?? 0) + 1;
        }
      }
    }),
  );
  const took = performance.now() - begun;
  for (const asker of askers) asker.close();
  const { user, system } = process.cpuUsage();
  return { took, times, errors, retries: 0, cpu: (user + system) / 1000 };
}
