import { expect, test } from 'vitest';
import { missingForLab } from '../../../vm/requirements.ts';

test('a missing program is named with the package that has it', async () => {
  expect(await missingForLab('/nonexistent', 0)).toEqual(
    expect.arrayContaining(['qemu-system-x86_64 (qemu-system-x86)', 'nft (nftables)']),
  );
});

test('who is not root cannot run the lab', async () => {
  expect(await missingForLab('/nonexistent', 1000)).toContain(
    'root, for private namespaces and taps',
  );
});

test('what is not built yet is named with the command that builds it', async () => {
  expect(await missingForLab('/nonexistent', 0, ['/nonexistent/statelite'])).toContain(
    '/nonexistent/statelite (npm run build)',
  );
});
