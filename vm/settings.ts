import { tmpdir } from 'node:os';

/** How the lab is run; the environment is read once, where a run starts (fixtures, the demo). */
export interface LabSettings {
  /** Kernels, guest roots and saved states, keyed by content; may be deleted at any time. */
  readonly cache: string;
  /** Lab directories are made here. Unix sockets live in them, so the path has to be short. */
  readonly temporary: string;
  /** The lab's directory (logs, configuration, tables) stays after the lab ended. */
  readonly keepDirectory: boolean;
  /** A missing program fails a test instead of skipping it. */
  readonly strict: boolean;
}

/** STATELITE_CACHE, STATELITE_KEEP_VM=1 and STATELITE_TEST_STRICT=1 as the lab's settings. */
export function labSettings(env: Readonly<Record<string, string | undefined>>): LabSettings {
  return {
    cache: env['STATELITE_CACHE'] ?? '/var/cache/statelite',
    temporary: tmpdir(),
    keepDirectory: env['STATELITE_KEEP_VM'] === '1',
    strict: env['STATELITE_TEST_STRICT'] === '1',
  };
}
