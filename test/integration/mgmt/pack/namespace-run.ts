import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { StateliteError } from '../../../../agent/errors.ts';
import { noExlist } from '../../../../mgmt/image/pack/exlist.ts';
import { packRoot, type PackOptions } from '../../../../mgmt/image/pack/pack-root.ts';
import { removeImage } from '../../../../mgmt/image/pack/remove-image.ts';

/** What is done in a mount namespace, in this order. */
export interface Steps {
  /** Arguments of mount(8). */
  readonly mounts: readonly (readonly string[])[];
  readonly run?: readonly string[];
  readonly pack?: Omit<PackOptions, 'exclude'>;
  readonly remove?: string;
  /** Directories whose names are told afterwards. */
  readonly list: readonly string[];
}

export interface Seen {
  readonly warnings?: readonly string[];
  readonly removed?: readonly string[];
  readonly error?: { readonly message: string; readonly hint: string | undefined };
  readonly names: readonly (readonly string[])[];
}

const steps: Steps = JSON.parse(await text(process.stdin));
for (const mount of steps.mounts) execFileSync('mount', [...mount]);
const [command, ...argv] = steps.run ?? [];
if (command !== undefined) execFileSync(command, argv);
const outcome = await attempt();
const names = steps.list.map((directory) => readdirSync(directory).toSorted());
process.stdout.write(JSON.stringify({ ...outcome, names } satisfies Seen));

async function attempt(): Promise<Omit<Seen, 'names'>> {
  try {
    if (steps.pack !== undefined) {
      const { warnings } = await packRoot({ ...steps.pack, exclude: noExlist });
      return { warnings };
    }
    return steps.remove === undefined
      ? {}
      : { removed: await removeImage(steps.remove, '/nowhere') };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return { error: { message: error.message, hint: error.hint } };
  }
}
