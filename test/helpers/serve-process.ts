import { join } from 'node:path';
import { parseAndRun } from '../../mgmt/cli/parse.ts';
import { serve } from '../../mgmt/cli/serve.ts';
import { openStore } from '../../mgmt/db/store.ts';
import { contextIn } from './context-in.ts';

/** `node serve-process.ts DIRECTORY serve ...`: a daemon that a test can send signals to. */
const [directory = '', ...argv] = process.argv.slice(2);
const store = openStore(join(directory, 'state/statelite.db'));
const context = contextIn(
  directory,
  store,
  (line) => process.stdout.write(`${line}\n`),
  (record) => process.stderr.write(record),
);
void parseAndRun(argv, [serve(context)], '0', () => {}).then(() => store.close());
