import type { InitBoot, InitEnd } from './init-runner.ts';
import { runAs } from './sandbox.ts';

/** Boots such a node, and shuts it down, in namespaces of its own; the Error of one says what it printed. */
export async function bootWithInit(wanted: InitBoot): Promise<InitEnd> {
  const { code, out, err } = await runAs('another', 'init-runner.ts', wanted);
  if (code !== 0) throw new Error(`init-runner.ts failed: ${err}`);
  return JSON.parse(out);
}
