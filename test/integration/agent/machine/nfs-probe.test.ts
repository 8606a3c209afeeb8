import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { probeNfs } from '../../../../agent/machine/nfs-probe.ts';
import { closedPort, fakeServer } from '../../../helpers/fake-server.ts';
import { nfsServer } from '../../../helpers/nfs-server.ts';
import { failure } from '../../../helpers/rows.ts';

const patience = 5000;

/** The probe of a server that does `what`, for so long. */
async function probed(what: (socket: Socket) => void, milliseconds = patience): Promise<void> {
  await using server = await fakeServer(what);
  await probeNfs('127.0.0.1', server.port, 4, milliseconds);
}

function dead(why: string): unknown {
  return expect.objectContaining({
    code: 'ERR_STATELITE_NFS',
    message: expect.stringMatching(/^no NFS server answers at 127\.0\.0\.1:\d+$/u),
    cause: expect.objectContaining({ message: expect.stringContaining(why) }),
  });
}

describe('the probe of an NFS server', () => {
  test.for([3, 4] as const)('that lives returns, for version %d', async (version) => {
    await using server = await nfsServer();
    const probing = probeNfs('127.0.0.1', server.port, version, patience);
    await expect(probing).resolves.toBeUndefined();
  });

  test('calls procedure 0 of program 100003 without credentials', async () => {
    const calls: Buffer[] = [];
    await expect(
      probed((socket) => {
        socket.on('data', (call) => {
          calls.push(call);
          socket.end();
        });
      }),
    ).rejects.toThrow(failure('ERR_STATELITE_NFS'));
    const words = Array.from({ length: 11 }, (_, index) => calls[0]?.readUInt32BE(index * 4));
    expect(words.toSpliced(1, 1)).toEqual([0x80000028, 0, 2, 100_003, 4, 0, 0, 0, 0, 0]);
  });

  test('that is not running fails', async () => {
    const port = await closedPort();
    await expect(probeNfs('127.0.0.1', port, 4, patience)).rejects.toThrow(dead('ECONNREFUSED'));
  });

  test('that accepts and stays silent gives up', async () => {
    await expect(probed(() => {}, 50)).rejects.toThrow(
      dead('accepts connections and says nothing'),
    );
  });

  test('that closes at once fails', async () => {
    await expect(probed((socket) => void socket.end())).rejects.toThrow(dead('closed'));
  });

  test('that is something else fails', async () => {
    await expect(probed((socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'))).rejects.toThrow(
      dead('not NFS'),
    );
  });

  test('that says too little to tell gives up', async () => {
    await expect(probed((socket) => void socket.write('SSH'), 50)).rejects.toThrow(
      dead('says nothing'),
    );
  });
});
