import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { openConsoleLog } from '../../mgmt/consoles/log-file.ts';

/** A console log on a disk that has place for one file only, until one is removed; says what was written. */
const input: unknown = await json(process.stdin);
const directory = String(input);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=2', 'small', directory]);
writeFileSync(join(directory, 'other'), '');
const warnings: string[] = [];
const log = openConsoleLog(join(directory, 'n1.log'), (message) => void warnings.push(message), {
  size: 10,
  older: 2,
});
log.write(Buffer.from('lost'));
rmSync(join(directory, 'other'));
for (const text of ['1111111', '2222222', '3333333']) log.write(Buffer.from(text));
const kept = filesNow();
const tail = log.tail(10).toString();
rmSync(join(directory, 'n1.log.1'));
for (const text of ['4444', '5']) log.write(Buffer.from(text));
log.close();
process.stdout.write(JSON.stringify({ warnings, kept, tail, after: filesNow() }));

function filesNow(): Record<string, string> {
  const names = readdirSync(directory);
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
}
