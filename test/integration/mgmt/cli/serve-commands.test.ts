import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { createPerform, type PerformLimits } from '../../../../mgmt/cli/serve-commands.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test as base } from '../../../helpers/mgmt-test.ts';
import { contextIn } from '../../../helpers/context-in.ts';

const peer = { address: '10.0.0.9', node: undefined, name: 'alice' };

/** A management node with a node n1 of the group compute. */
const test = base.extend('mn', async ({ mn }) => {
  await mn.run('nodeadd', 'n1', 'groups=compute');
  await mn.run('nodech', 'n1', 'hosts.ip=10.99.1.1');
  return mn;
});

function performOn(mn: Management, limits?: PerformLimits) {
  const log: string[] = [];
  const write = (record: string) => void log.push(record);
  const context = contextIn(mn.directory, mn.store(), () => {}, write);
  const perform = createPerform(context, limits);
  return { log, perform: (words: string, stdin = '') => perform(words.split(' '), peer, stdin) };
}

test('a verb says what it would print', async ({ mn }) => {
  const { perform } = performOn(mn);
  expect(await perform('nodels compute hosts.ip')).toEqual({
    out: ['n1: 10.99.1.1'],
    warnings: [],
    errors: [],
    code: 0,
  });
});

test('a change is of the one who asked', async ({ mn }) => {
  const { perform } = performOn(mn);
  expect(await perform('chdef -t node -o n1 arch=x86_64')).toMatchObject({ code: 0 });
  expect((await mn.run('log', 'nodetype')).out.join()).toMatch(
    /alice {2}chdef {2}nodetype node=n1/,
  );
});

test('standard input is what the request holds', async ({ mn }) => {
  const { perform } = performOn(mn);
  const stanza = 'n7:\n    objtype=node\n    groups=all\n';
  expect(await perform('mkdef -z', stanza)).toMatchObject({ errors: [], code: 0 });
  expect((await mn.run('nodels')).out).toEqual(['n1', 'n7']);
});

test('an error is its message alone, the log has the rest', async ({ mn }) => {
  const { perform, log } = performOn(mn);
  const failed = await perform('tabdump nosuch');
  expect(failed).toEqual({ out: [], warnings: [], errors: ['No such table: nosuch'], code: 1 });
  expect(log.join()).toContain('alice: tabdump: ERR_STATELITE_NOT_FOUND: No such table: nosuch');
});

test('what is not understood has the code 2', async ({ mn }) => {
  expect(await performOn(mn).perform('tabdump --nosuch')).toMatchObject({ code: 2 });
});

describe('is not run for a client:', () => {
  const verbs = [
    'serve',
    'setup',
    'liteimg',
    'genimage',
    'tabedit',
    'tabrestore',
    'import',
    'undo',
  ];
  test.for([...verbs, 'chtab', 'nosuch', 'constructor', ''])('%s', async (verb, { mn }) => {
    expect(await performOn(mn).perform(verb)).toBeUndefined();
  });
});

describe('a client', () => {
  test.for([
    'tabdump site -f /tmp/out-of-reach',
    'nodels ^/etc/hostname',
    'lsdef -o ^/etc/hostname',
    'chdef -t node -o n1,^/etc/hostname arch=x86_64',
  ])('can name no file: %s', async (words, { mn }) => {
    const result = await performOn(mn).perform(words);
    expect(result).toMatchObject({ errors: ['a client can name no file of this host'], code: 2 });
    expect(existsSync('/tmp/out-of-reach')).toBe(false);
  });

  test('cannot move the management node', async ({ mn }) => {
    const elsewhere = join(mn.directory, 'elsewhere.db');
    const result = await performOn(mn).perform(`nodels --database ${elsewhere}`);
    expect(result).toMatchObject({ errors: ['a client cannot set --database'], code: 2 });
    expect(existsSync(elsewhere)).toBe(false);
  });

  test('cannot add nodes to those that the policy was asked about', async ({ mn }) => {
    await mn.run('nodeadd', 'n2', 'groups=all');
    const { perform } = performOn(mn);
    for (const words of ['litefile n1 n2', 'noderm n1 n2']) {
      expect(await perform(words)).toMatchObject({ out: [], code: 2 });
    }
    expect(await perform('nodels n1 --noderange n2')).toMatchObject({ out: ['n1'] });
    expect(await perform('nodech n1 --noderange n2 mgt=ipmi')).toMatchObject({ code: 0 });
    expect((await mn.run('nodels', 'n1-n2', 'nodehm.mgt')).out).toEqual(['n1: ipmi', 'n2: ']);
  });

  test('is not sent more than the limit', async ({ mn }) => {
    const { perform } = performOn(mn, { time: 60_000, output: 100 });
    const result = await perform('tabdump policy');
    expect(result).toMatchObject({ errors: ['it prints more than 100 characters'], code: 1 });
  });

  test('does not wait for ever, and the log says how it ended', async ({ mn }) => {
    await mn.run('chtab', 'key=statelitecmd', 'site.value=yes');
    await mn.run('chtab', 'node=n1', 'nodetype.provmethod=compute');
    const slow = '/trees/#CMD=sleep 1; echo a#';
    await mn.run('chtab', 'priority=1', 'litetree.image=ALL', `litetree.directory=${slow}`);
    const { perform, log } = performOn(mn, { time: 50, output: 1000 });
    expect(await perform('litetree n1')).toMatchObject({
      errors: ['litetree takes longer than 0.05 s and goes on without you'],
      code: 1,
    });
    await expect
      .poll(() => log.join(), { timeout: 10_000 })
      .toContain('litetree of a client that was let go: exit 0');
  });
});
