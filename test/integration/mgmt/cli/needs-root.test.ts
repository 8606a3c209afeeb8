import { chmod } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import type { Management, Ran } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

/** Runs a command as the user nobody, who may look at the management node's files. */
async function asNobody(mn: Management, ...argv: string[]): Promise<Ran> {
  await chmod(mn.directory, 0o755);
  await mn.run(...argv, '--help'); // loads the verb while its sources can be read
  process.seteuid?.(65_534);
  try {
    return await mn.run(...argv);
  } finally {
    process.seteuid?.(0);
  }
}

describe('who is not root', () => {
  test.for([
    ['genimage', 'genimage', '-o', 'debian12', '-p', 'compute'],
    ['genimage', 'genimage', 'none', '--onlyinitrd'],
    ['add_passwd', 'add_passwd', '/tmp'],
    ['add_ssh', 'add_ssh', '/tmp'],
    ['liteimg', 'liteimg', 'none'],
    ['image run', 'image', 'run', 'none', 'true'],
    ['image rollback', 'image', 'rollback', 'none'],
    ['image gc', 'image', 'gc', 'none'],
  ])('is refused %s before anything is written', async ([command = '', ...argv], { mn }) => {
    const { code, err } = await asNobody(mn, ...argv);
    expect(code).toBe(1);
    expect(err).toContain(`ERR_STATELITE_FILE: ${command} needs root: it `);
    expect(err).toContain(`sudo statelite ${command}`);
    expect((await mn.run('lsdef', '-t', 'osimage')).out.join('\n')).not.toContain('debian12');
  });

  test.for([
    ['genimage', 'none', '--dryrun'],
    ['liteimg', 'none', '--dry-run'],
    ['image', 'list', 'none'],
    ['image', 'gc', 'none', '--dry-run'],
  ])('may look: %j', async (argv, { mn }) => {
    await mn.run('chtab', 'imagename=other', 'osimage.profile=x'); // makes the database
    const { err } = await asNobody(mn, ...argv);
    expect(err).not.toContain('needs root');
  });
});
