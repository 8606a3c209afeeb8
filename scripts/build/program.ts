import { dirname } from 'node:path';
import { constants, Script } from 'node:vm';

/** What a CommonJS bundle expects around it. */
interface Surroundings {
  readonly require: NodeJS.Require;
  /** Stands for `__dirname` in the bundle. */
  readonly directory: string;
}

/**
 * Compiles a CommonJS bundle. With the code cache of an earlier run V8 need not parse again what ran
 * then: a boot calls most functions once or twice, and parsing them takes as long as what they do. A
 * cache of another V8 or other flags is left aside.
 */
export function compileBundle(bundle: string, filename: string, cache?: Buffer): Script {
  const text = `(function (require, module, exports, __dirname) {${bundle}\n})`;
  return new Script(text, {
    filename,
    ...(cache === undefined ? {} : { cachedData: cache }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

/** Runs a compiled bundle; returns what it exports. */
export function runBundle(
  script: Script,
  {
    require,
    directory = dirname(process.execPath),
  }: Partial<Surroundings> & Pick<Surroundings, 'require'>,
): Readonly<Record<string, unknown>> {
  const module: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as compileBundle wraps it
  const run = script.runInThisContext() as (...around: readonly unknown[]) => void;
  run(require, module, module.exports, directory);
  return module.exports;
}
