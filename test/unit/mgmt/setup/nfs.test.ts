import { expect, test } from 'vitest';
import { hashedIds, renderExports, renderGanesha } from '../../../../mgmt/setup/nfs.ts';

const exports = [
  { path: '/install/netboot', access: 'ro' },
  { path: '/state', access: 'rw' },
] as const;

test("the exports of the kernel's server", () => {
  expect(renderExports(exports, ['10.77.0.0/24'])).toBe(
    `# Written by statelite setup, which writes it anew each time it runs.
/install/netboot 10.77.0.0/24(ro,sync,no_root_squash,no_subtree_check)
/state 10.77.0.0/24(rw,sync,no_root_squash,no_subtree_check)
`,
  );
});

test('a path with blanks and the like is one word of the exports file', () => {
  expect(renderExports([{ path: '/a b#c\\d"', access: 'ro' }], ['*'])).toContain(
    '\n/a\\040b\\043c\\134d\\042 *(ro,',
  );
});

test('the exports of nfs-ganesha, with one path for NFSv3 and v4', () => {
  const text = renderGanesha({
    exports,
    clients: ['10.77.0.0/24'],
    servers: ['10.77.0.1'],
    recovery: '/var/lib/statelite/ganesha',
  });
  expect(text).toContain('  Bind_addr = 10.77.0.1;\n');
  expect(text).toContain('  RecoveryRoot = "/var/lib/statelite/ganesha";\n');
  const id = hashedIds(['/install/netboot', '/state']).get('/state');
  expect(text).toContain(
    `EXPORT {
  Export_Id = ${id};
  Path = "/state";
  Pseudo = "/state";
  Access_Type = NONE;
  FSAL { Name = VFS; }
  CLIENT { Clients = 10.77.0.0/24; Access_Type = RW; }
}
`,
  );
});

test('of several networks nfs-ganesha, which can be told one address, serves on all', () => {
  const input = { exports, clients: ['*'], recovery: '/r' };
  const bound = (...servers: string[]) =>
    /Bind_addr = (.*);/u.exec(renderGanesha({ ...input, servers }))?.[1];
  expect(bound('10.77.0.1', '10.77.0.1')).toBe('10.77.0.1');
  expect(bound('10.77.0.1', '10.78.0.1')).toBe('0.0.0.0');
});

test('nfs-ganesha remembers no names: a new generation takes the name of the old one', () => {
  const input = { exports, clients: ['*'], servers: ['10.77.0.1'], recovery: '/r' };
  expect(renderGanesha(input)).toMatch(/\nMDCACHE \{\n( +#.*\n)+ +Dir_Chunk = 0;\n\}\n/);
});

test('what cannot be written for nfs-ganesha is refused', () => {
  const input = { clients: ['*'], servers: ['10.77.0.1'], recovery: '/r' };
  expect(() =>
    renderGanesha({ ...input, exports: [{ path: '/a"; Squash = None; "', access: 'ro' }] }),
  ).toThrow(expect.objectContaining({ code: 'ERR_STATELITE_SETUP' }));
});

test('an export keeps its id when others come and go, and no two have the same', () => {
  const paths = Array.from({ length: 2000 }, (_, index) => `/lite/${index}`);
  const ids = hashedIds(paths);
  expect(new Set(ids.values()).size).toBe(2000);
  expect(Math.min(...ids.values())).toBeGreaterThan(0);
  expect(Math.max(...ids.values())).toBeLessThan(65_536);
  expect(hashedIds(['/state', '/install/netboot']).get('/state')).toBe(
    hashedIds(['/state']).get('/state'),
  );
});
