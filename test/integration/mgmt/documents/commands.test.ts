import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verbs } from '../../../../mgmt/cli/verbs.ts';
import { type TableName, tables } from '../../../../mgmt/db/tables.ts';
import { cookbook2010 } from './cookbook-2010.ts';
import { asTyped, type Machine, machine } from './machine.ts';
import { isAbsent, isDirectory, type Outcome, type PrintedLine } from './printed.ts';
import { provisionStatelite } from './provision-statelite.ts';

const documents = [cookbook2010, provisionStatelite];
const titleOf = ({ section, printed }: PrintedLine) => `${section}: ${printed.join(' ').trim()}`;

describe.for(documents.map((document) => [document.name, document] as const))(
  '%s',
  ([, { before, lines }]) => {
    let here: Machine;
    beforeAll(async () => {
      here = await machine();
      for (const line of before) {
        const { code, err } = await here.run(line);
        expect({ line, code, err }).toMatchObject({ code: 0 });
      }
    }, 120_000);
    afterAll(() => here[Symbol.asyncDispose]());

    // in order: each goes on where the one before ended
    test.for(lines.map((line) => [titleOf(line), line] as const))(
      '%s',
      { timeout: 180_000 },
      async ([, line]) => {
        const { code, out, err } = await here.follow(line);
        expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
        await expectOutcome(here, out.join('\n'), line.outcome ?? {});
      },
    );
  },
);

async function expectOutcome(
  { mn, adapt }: Machine,
  printed: string,
  { prints = [], rows = {}, files = {}, installed = [] }: Outcome,
): Promise<void> {
  for (const part of prints) expect(printed).toContain(adapt(part));
  for (const [name, row] of Object.entries(rows)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a name that is no table's fails in select
    const found = await mn.store().select(tables[name as TableName]);
    const columns = Object.entries(row).map(([column, value]) => [column, adapt(value)]);
    expect(found).toContainEqual(expect.objectContaining(Object.fromEntries(columns)));
  }
  for (const [path, what] of Object.entries(files)) {
    const wanted = typeof what === 'string' ? adapt(what) : what;
    expect({ path, is: look(adapt(path), wanted) }).toEqual({ path, is: wanted });
  }
  for (const [root, name] of installed) {
    const words = ['--root', adapt(root), '--dbpath', '/var/lib/rpm', '-q', name];
    expect(execFileSync('rpm', words, { encoding: 'utf8' })).toBe(`${name}\n`);
  }
}

type Wanted = NonNullable<Outcome['files']>[string];

/** What was wanted if it is so, else what is there. */
function look(path: string, wanted: Wanted): Wanted {
  if (wanted === isAbsent) return existsSync(path) ? 'something' : isAbsent;
  if (wanted === isDirectory) return lstatSync(path).isDirectory() ? isDirectory : 'a file';
  if (typeof wanted === 'object') return { link: readlinkSync(path) };
  const text = readFileSync(path, 'utf8');
  return text.includes(wanted) ? wanted : text;
}

describe('of the lines that are printed', () => {
  const lines = documents.flatMap((document) => document.lines);
  const words = (how: PrintedLine['how']) =>
    new Set(
      lines
        .filter((line) => line.how === how)
        .map(({ printed, adapted }) =>
          basename(asTyped(printed, adapted?.words).split(' ')[0] ?? ''),
        ),
    );

  test('these alone are not done here, because they need nodes that run', () => {
    const later = lines.filter(({ how }) => how === 'elsewhere').map(titleOf);
    expect(later).toEqual([
      'Boot the statelite node: rinstall node1 osimage=rhels7.3-custom-statelite',
      'Boot the statelite node: rinstall <noderange>',
      'Make changes to the common files: xdsh <noderange> <restart_this_software_command>',
    ]);
  });

  test('ours are done by ours, and programs by programs', () => {
    const ours = ['chtab', 'copycds', 'genimage', 'add_passwd', 'add_ssh', 'liteimg', 'nodeset'];
    expect(words('verb')).toEqual(new Set([...ours, 'lsdef', 'mkdef', 'chdef']));
    expect(Object.keys(verbs)).toEqual(expect.arrayContaining([...words('verb')]));
    expect(words('program')).toEqual(new Set(['mkdir', 'cp', 'ls', 'createrepo', 'rpm']));
  });

  test('only the effect is seen of an editor, of a service, and of what shows how liteimg works', () => {
    expect(words('effect')).toEqual(new Set(['service', '#', 'vi', 'mkdir', 'mv', 'cd']));
  });

  test('none is changed without a word why', () => {
    const reasons = lines.flatMap((line) => [
      ...(line.adapted === undefined ? [] : [line.adapted.why]),
      ...('why' in line ? [line.why] : []),
    ]);
    expect(reasons).not.toContain('');
    expect(lines.every(({ outcome, how }) => outcome !== undefined || how !== 'verb')).toBe(true);
  });
});
