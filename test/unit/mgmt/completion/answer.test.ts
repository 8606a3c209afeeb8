import { describe, expect, test } from 'vitest';
import { answer, answerLines } from '../../../../mgmt/completion/answer.ts';
import type { Names } from '../../../../mgmt/completion/candidates.ts';
import { definitionOf } from '../../../../mgmt/completion/definition.ts';
import { meanings } from '../../../../mgmt/completion/meaning.ts';
import { verbs } from '../../../../scripts/docs/verbs.ts';

const definitions = verbs.map(definitionOf);

const columns: Readonly<Record<string, readonly string[]>> = {
  'nodelist.node': ['cn01', 'cn02', 'login1', '$(reboot)', 'cn;id', '-rf', 'a b', "it's", 'x\ty'],
  'nodelist.groups': ['compute', 'all', '`id`'],
  'nodegroup.groupname': ['compute', 'rack1', '|^cn.*$||'],
  'osimage.imagename': ['deb12', 'deb13', '../x'],
  'litefile.file': ['/etc/', '/etc/motd', '/etc/$x'],
  'policy.priority': ['1', '4.5'],
  'site.key': ['master', 'installdir'],
  'passwd.key': ['system'],
  'networks.netname': ['net10'],
};
const names: Names = async (column) => columns[column] ?? [];

const unasked: Names = () => Promise.reject(new Error('asked'));

/** The words of a line, the last one being completed. */
async function ask(line: string) {
  const { kind, kept, candidates } = await answer(line.split(' '), definitions, names);
  return { kind, kept, texts: candidates.map(({ text }) => text) };
}

describe('what can follow', () => {
  test.for([
    ['statelite tabd', 0, ['tabdump']],
    ['statelite --state /x tabd', 0, ['tabdump']],
    ['/usr/bin/statelite nodel', 0, ['nodels']],
    ['statelite completion ', 0, ['bash', 'zsh', 'fish']],
    ['statelite nosuch ', 0, []],
    // options, by their long names and the short ones
    ['statelite plan --w', 0, ['--why']],
    ['statelite lslite --im', 0, ['--image']],
    ['statelite lslite -', 0, expect.arrayContaining(['--image', '-i', '-V', '--etc', '-h'])],
    ['statelite lslite --verbose --ver', 0, ['--version']],
    ['lslite -i deb1', 0, ['deb12', 'deb13']],
    ['lslite --image deb1', 0, ['deb12', 'deb13']],
    ['lslite --image=deb1', 8, ['deb12', 'deb13']],
    ['lslite --verbose=', 0, []],
    ['genimage --compression g', 0, ['gzip']],
    // noderanges
    ['nodels c', 0, ['cn01', 'cn02', 'compute']],
    ['nodels cn01,lo', 5, ['login1']],
    ['nodels compute,-cn0', 9, ['cn01', 'cn02']],
    ['nodels compute@ra', 8, ['rack1']],
    ['nodels all,(c', 5, ['cn01', 'cn02', 'compute']],
    ['nodels cn[01,', 6, []],
    ['nodels cn[01-02],r', 10, ['rack1']],
    ['nodegrpch all,ra', 4, ['rack1']],
    ['tabgrep log', 0, ['login1']],
    ['log --node cn', 0, ['cn01', 'cn02']],
    ['litefile d', 0, ['deb12', 'deb13']],
    ['litefile co', 0, ['compute']],
    ['litefile cn01,co', 5, ['compute']],
    ['explain cn01 /etc/m', 0, ['/etc/motd']],
    ['liteimg d', 0, ['deb12', 'deb13']],
    // tables and columns
    ['tabdump lite', 0, ['litefile', 'litetree']],
    ['tabedit site lite', 0, ['litefile', 'litetree']],
    ['log stat', 0, ['statelite']],
    ['nodels all nodet', 0, ['nodetype.']],
    ['nodels all litef', 0, []],
    ['nodels all nodetype.o', 0, ['nodetype.os']],
    ['gettab key=master site.va', 0, ['site.value']],
    ['nodeadd x9 nodehm.m', 0, ['nodehm.mgt=']],
    ['nodech cn01 nodetype.provmethod=', 20, ['deb12', 'deb13']],
    ['nodech -d cn01 nodet', 0, ['nodetype']],
    ['tabdump litefile -w ima', 0, ['image==']],
    // which row of a table, and what is set in it
    ['chtab ima', 0, ['imagename=', 'image=']],
    ['chtab image=', 6, ['deb12', 'deb13', 'ALL']],
    ['chtab image=ALL,fi', 10, ['file=']],
    ['chtab image=ALL,file=/etc/', 15, ['/etc/', '/etc/motd']],
    ['chtab node=c', 5, ['cn01', 'cn02', 'compute']],
    ['chtab key=', 4, ['system', 'master', 'installdir']],
    ['chtab key=master sit', 0, ['site.']],
    ['chtab image=ALL litefile.', 0, expect.arrayContaining(['litefile.options='])],
    ['chtab image=ALL litefile.image=d', 15, ['deb12', 'deb13']],
    ['chtab node=x statelite.node+=cn02,co', 21, ['compute']],
    ['chtab -d image=ALL litet', 0, ['litetree']],
    ['log litetree --key p', 0, ['priority=']],
    // objects
    ['lsdef lo', 0, ['login1']],
    ['lsdef cn01 lo', 0, []],
    ['lsdef -t osi', 0, ['osimage']],
    ['lsdef -t node,gr', 5, ['group']],
    ['lsdef -t group co', 0, ['compute']],
    ['lsdef -t osimage -o deb12,d', 6, ['deb12', 'deb13']],
    ['lsdef -t policy ', 0, ['1', '4.5']],
    ['lsdef -t network n', 0, ['net10']],
    ['lsdef -t site ', 0, ['clustersite']],
    ['lsdef -t litefile ', 0, []],
    ['lsdef -t nosuch ', 0, []],
    ['lsdef cn01 -i arch,prov', 5, ['provmethod']],
    ['lsdef -w provm', 0, ['provmethod==']],
    ['chdef cn01 provm', 0, ['provmethod=']],
    ['chdef cn01 provmethod=d', 11, ['deb12', 'deb13']],
    ['chdef -t osimage -o deb12 rootf', 0, ['rootfstype=']],
    ['rmdef cn01 prov', 0, []],
    // what nodes boot
    ['nodeset cn01 of', 0, ['offline']],
    ['nodeset cn01 osimage=', 8, ['deb12', 'deb13']],
    ['nodeset cn01 stat', 0, ['statelite=', 'statelite', 'stat']],
    ['nodeset cn01 boot ', 0, []],
  ] as const)('"%s"', async ([line, kept, texts]) => {
    expect(await ask(line)).toEqual({ kind: 'words', kept, texts });
  });

  test.for([
    ['tabrestore ', 'files', 0],
    ['tabrestore lite', 'files', 0],
    ['tabrestore -- -', 'files', 0],
    ['tabdump litefile --file=x', 'files', 7],
    ['export xcat /t', 'directories', 0],
    ['statelite --etc /e', 'directories', 0],
    ['statelite --database ', 'files', 0],
  ] as const)('"%s" is one of the %s', async ([line, kind, kept]) => {
    expect(await ask(line)).toEqual({ kind, kept, texts: [] });
  });

  test('never has a name from a table that a shell could take for something else', async () => {
    const lines = ['nodels ', 'tabgrep ', 'nodegrpch ', 'chtab node=', 'liteimg ', 'rmdef '];
    for (const line of lines) {
      for (const text of (await ask(line)).texts) expect(text).toMatch(/^[\w/][\w./+:-]*$/u);
    }
  });

  test('is never asked of the database for verbs, options and tables', async () => {
    for (const line of ['statelite t', 'tabdump ', 'nodels -', 'chtab ', 'lsdef -t ']) {
      const { candidates } = await answer(line.split(' '), definitions, unasked);
      expect(candidates).not.toEqual([]);
    }
  });
});

test('every word of a verb means something, but for those that are free text', () => {
  const free = definitions.flatMap(({ name, positions, words }) =>
    positions
      .flatMap((position) => position.names)
      .filter((word) => meanings[word] === undefined)
      .filter((word) => words.some((each) => each.name === word && each.spec.choices === undefined))
      .map((word) => `${name} ${word}`),
  );
  expect(free).toEqual(['undo change']);
});

test('the scripts read how much is kept, what kind it is, and a line for each', async () => {
  const found = await answer(['lsdef', 'cn01,lo'], definitions, names);
  expect(answerLines(found, { notes: true })).toEqual(['5 words', 'login1\tnode']);
  expect(answerLines(found, { notes: false })).toEqual(['5 words', 'login1']);
});
