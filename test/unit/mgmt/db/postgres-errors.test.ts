import { expect, test } from 'vitest';
import { explainPostgres } from '../../../../mgmt/db/postgres-errors.ts';
import { failure } from '../../../helpers/rows.ts';

const target = { host: '/run/postgresql', port: 5432, database: 'xcat', user: 'root' };
const explain = explainPostgres(() => target);

const failing = (message: string, code: string) => async () => {
  throw Object.assign(new Error(message), { code });
};

test.for([
  ['3D000', 'createdb -O root xcat makes it'],
  ['28P01', 'may root log in?'],
  ['28000', 'may root log in?'],
  ['55P03', 'another process has been writing to it for long'],
  ['53100', 'the server is at a limit'],
  ['54000', 'a key is too long'],
  ['42501', 'root must own the database'],
  ['ENOTFOUND', 'is the name of the host right?'],
  ['ENOENT', 'does PostgreSQL run there'],
  ['57P01', 'does PostgreSQL run there'],
] as const)('%s has the hint: %s', async ([code, hint]) => {
  await expect(explain(failing('refused', code))).rejects.toThrow(
    expect.objectContaining({ hint: expect.stringContaining(hint) }),
  );
});

test('an error names the database and where it is, and keeps its cause', async () => {
  const error: unknown = await explain(failing('no socket', 'ENOENT')).catch((e: unknown) => e);
  expect(error).toEqual(failure('ERR_STATELITE_DATABASE', 'database xcat at /run/postgresql'));
  expect(error).toMatchObject({ cause: { message: 'no socket' } });
});

test('of a host with several addresses the first failure is the cause', async () => {
  const both = new AggregateError([new Error('first'), new Error('second')]);
  const error = explain(async () => {
    throw both;
  });
  await expect(error).rejects.toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ message: 'first' }) }),
  );
});

test('what is explained already stays as it is', async () => {
  const twice = explain(() => explain(failing('x', '3D000')));
  await expect(twice).rejects.toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ message: 'x' }) }),
  );
});
