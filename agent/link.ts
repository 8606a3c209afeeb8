import { apply, type ApplyDeps } from './apply.ts';
import { decidePlan, type Stores } from './decide.ts';
import type { ImageRecord } from './files/image-record.ts';
import type { Notice } from './plan/situation.ts';
import type { StepReport } from './protocol/report.ts';
import { below } from './rules/path.ts';

export interface Linked {
  readonly notices: readonly Notice[];
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: readonly StepReport[];
}

/** The linking stage: puts every entry in place under `root` (semantics 3). */
export async function linkEntries(
  root: string,
  image: ImageRecord,
  stores: Stores,
  deps: ApplyDeps,
): Promise<Linked> {
  const placeOf = (path: string) => (path === '/' ? root : below(root, path));
  const { steps, notices, counts } = await decidePlan(placeOf, image, stores);
  const performed: StepReport[] = [];
  const leftOut: string[] = [];
  const lost = await apply(steps, root, {
    ...deps,
    onWarning: (message) => leftOut.push(message),
    onStep: (step) => {
      performed.push(step);
      deps.onStep(step);
    },
  });
  const warnings = [
    ...leftOut,
    ...lost.map((path) => `${path} lost extended attributes: its store cannot keep them`),
  ].map((message): Notice => ({ level: 'warning', message }));
  return { notices: [...notices, ...warnings], counts, steps: performed };
}
