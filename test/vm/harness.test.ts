import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { guestRuns } from '../../vm/accel.ts';
import { busyboxInitramfs, consoleShell, dhcp, nfsModules } from '../../vm/busybox.ts';
import { cloudKernel } from '../../vm/kernel.ts';
import type { DirectKernel } from '../../vm/qemu.ts';
import type { Rack } from '../../vm/rack.ts';
import { dnsmasq, ganesha, rpcbind, startService, type Service } from '../../vm/services.ts';
import { identify, isRunning } from '../../vm/sweep.ts';
import { settings, test } from './fixtures.ts';

const mac = (n: number) => `52:54:00:77:00:0${n}`;

test('two nodes boot from their firmware at once, over DHCP and HTTP', async ({ rack }) => {
  await serveBoot(rack, `${dhcp}; echo "hello from $(cat /sys/class/net/eth0/address)"`);

  const nodes = await Promise.all(
    [1, 2].map((n) => rack.boot(`cn0${n}`, { mac: mac(n), memory: 256 })),
  );

  for (const [at, node] of nodes.entries()) {
    await node.sees('iPXE');
    await node.sees(`hello from ${mac(at + 1)}`);
  }
});

test('a UEFI node boots over DHCP and HTTP too', async ({ rack }) => {
  await serveBoot(rack, 'echo hello; poweroff -f');

  const node = await rack.boot('cn01', { mac: mac(1), memory: 512, firmware: 'uefi' });

  await node.sees('hello', { within: '20s' });
});

test('a login on the console gives the output and the status of a command', async ({ rack }) => {
  const guest = await guestThat(
    'echo root::0:0::/:/bin/sh > /etc/passwd; exec getty -L 115200 ttyS0',
  );

  const node = await rack.bootDirect('cn01', { mac: mac(1), memory: 192, ...guest });

  expect(await node.run("printf 'one\\n\\ttwo'")).toBe('one\n\ttwo');
  expect(await node.tryRun('echo "it is $HOME"; exit 3')).toEqual({
    output: 'it is /\n',
    status: 3,
  });
  await expect(node.run('false')).rejects.toThrow('"false" exited with 1');
});

test('a saved state resumes, each time as another node', async ({ rack }) => {
  await serveDhcp(rack);
  const state = await rack.savedState(await shellGuest());

  const nodes = await Promise.all([1, 2].map((n) => rack.resume(`cn0${n}`, state, mac(n))));
  const leases = await Promise.all(nodes.map((node) => node.run(dhcp)));

  expect(new Set(leases.map((lease) => /lease of (\S+)/.exec(lease)?.[1])).size).toBe(2);
});

test('a node mounts NFS v4.2 and v3, and tells a silent server from a dead one', async ({
  rack,
}) => {
  const nfs = await serveNfs(rack);
  const node = await rack.resume('cn01', await rack.savedState(await shellGuest()), mac(1));
  await node.run(dhcp);

  for (const version of ['vers=4.2', 'vers=3,nolock']) {
    const options = `${version},proto=tcp,addr=10.77.0.1,timeo=10,retrans=1`;
    const mount = `mount -i -t nfs -o ${options} 10.77.0.1:/export /mnt`;
    expect(await node.run(`${mount} && cat /mnt/motd; umount /mnt`)).toBe('welcome\n');

    await rack.lab.drop('10.77.0.1', 2049);
    expect((await node.tryRun(mount)).output).toContain('Connection timed out');
    await rack.lab.undrop('10.77.0.1', 2049);

    await nfs.kill();
    expect((await node.tryRun(mount)).output).toContain('Connection refused');
    await nfs.restart();
  }
});

test('a node that nobody has given an image says so on its console', async ({ cluster }) => {
  await cluster.addNode('cn01', { mac: mac(1), ip: '10.77.0.11' });
  const nodedata = await cluster.share('nodedata');
  await cluster.setTable('statelite', [{ node: 'cn01', statemnt: nodedata.location }]);

  const node = await cluster.boot('cn01', { memory: 256 });

  await node.sees('nodeset cn01 osimage=IMAGE');
  const exported = await cluster.rack.lab.enter(['showmount', '-e', '10.77.0.1']);
  expect(exported).toContain(nodedata.path);
});

test('a lab that ends leaves no process, no namespace and no tap', async ({ rack }) => {
  const nfs = await serveNfs(rack);
  const node = await rack.bootDirect('cn01', { mac: mac(1), ...(await shellGuest()) });
  nfs.stop(); // a stopped one has to go as well
  const pids = [rack.lab.holder, nfs.pid, node.machine.pid];
  const network = await readlink(`/proc/${rack.lab.holder}/ns/net`);

  await rack[Symbol.asyncDispose]();

  const running = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  expect(running.filter((pid) => pids.includes(Number(pid)))).toEqual([]);
  const networks = await Promise.all(
    running.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => '')),
  );
  expect(networks).not.toContain(network);
  expect(await readFile('/proc/net/dev', 'utf8')).not.toMatch(/tap|br0/);
  expect(await rack.report()).toContain('ganesha.log');
});

test('a run that is killed takes its lab with it', async ({ rack }) => {
  const lab = join(import.meta.dirname, '../../vm/network.ts');
  const code = `import { startLab } from '${lab}';
    const { holder, spawn } = await startLab();
    const server = await spawn(['sleep', '1000'], '${rack.logs}/sleep.log');
    server.signal('SIGSTOP');
    process.stdout.write(JSON.stringify([holder, server.pid]));`;
  const run = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'pipe' });
  const [printed]: Buffer[] = await once(run.stdout, 'data');
  const pids: number[] = JSON.parse(String(printed));
  const inside = pids.map(identify);

  run.kill('SIGKILL');

  await expect.poll(() => inside.filter(isRunning), { timeout: 10_000 }).toEqual([]);
});

test('the probe guest runs to its end under emulation', async ({ rack }) => {
  expect(await guestRuns('tcg', rack.directory, 10_000)).toBe(true);
});

/** A guest that runs `start` once its modules are loaded. */
async function guestThat(start: string): Promise<DirectKernel> {
  const kernel = await cloudKernel(settings.cache);
  const initrd = await busyboxInitramfs(settings.cache, kernel, { modules: nfsModules, start });
  return { kernel: kernel.vmlinuz, initrd, append: 'console=ttyS0 quiet panic=-1' };
}

async function shellGuest() {
  return { ...(await guestThat(consoleShell)), memory: 192, ready: '@@ready@@' };
}

/** DHCP that sends every firmware to an iPXE script, and HTTP that has it and what it loads. */
async function serveBoot(rack: Rack, start: string): Promise<void> {
  const { kernel, initrd, append } = await guestThat(start);
  const www = join(rack.directory, 'www');
  await mkdir(www);
  await symlink(kernel, join(www, 'vmlinuz'));
  await symlink(initrd, join(www, 'initramfs'));
  await symlink('/usr/lib/ipxe/snponly.efi', join(www, 'snponly.efi'));
  await writeFile(
    join(www, 'boot.ipxe'),
    [
      '#!ipxe',
      `kernel http://10.77.0.1/vmlinuz initrd=initramfs ${append}`,
      'initrd http://10.77.0.1/initramfs',
      'boot\n',
    ].join('\n'),
  );
  await startService(rack.lab, rack.logs, {
    name: 'httpd',
    argv: ['busybox', 'httpd', '-f', '-p', '10.77.0.1:80', '-h', www],
    ready: { line: /^/ }, // says nothing, and listens before any firmware is through
  });
  await serveDhcp(rack, [
    'enable-tftp',
    `tftp-root=${www}`,
    'dhcp-match=set:ipxe,175',
    'dhcp-boot=tag:ipxe,http://10.77.0.1/boot.ipxe',
    'dhcp-boot=tag:!ipxe,snponly.efi',
  ]);
}

/** `no-ping` saves 3 s on a first lease, `enable-ra` 13 s in iPXE. */
const dhcpOnly = `port=0
interface=br0
bind-interfaces
except-interface=lo
user=root
dhcp-range=10.77.0.50,10.77.0.150,255.255.255.0,1h
dhcp-authoritative
no-ping
enable-ra
dhcp-range=fd77::,ra-only,64,1h
dhcp-leasefile=/run/dnsmasq.leases`;

async function serveDhcp(rack: Rack, boot: readonly string[] = []): Promise<void> {
  const config = join(rack.directory, 'dnsmasq.conf');
  await writeFile(config, [dhcpOnly, ...boot, ''].join('\n'));
  await startService(rack.lab, rack.logs, dnsmasq(config));
}

/** NFS of every version with a file in it, and DHCP. */
async function serveNfs(rack: Rack): Promise<Service> {
  const path = join(rack.directory, 'export');
  await mkdir(path);
  await writeFile(join(path, 'motd'), 'welcome\n');
  const config = join(rack.directory, 'ganesha.conf');
  await writeFile(
    config,
    `NFS_CORE_PARAM { Protocols = 3,4; MNT_Port = 20048; NLM_Port = 32803; Enable_RQUOTA = false;
       mount_path_pseudo = true; Bind_addr = 10.77.0.1; }
     NFSV4 { Graceless = true; Only_Numeric_Owners = true;
       RecoveryBackend = fs; RecoveryRoot = /run/ganesha/recov; }
     EXPORT_DEFAULTS { SecType = sys; Squash = No_Root_Squash; Protocols = 3,4; Transports = TCP; }
     EXPORT { Export_Id = 1; Path = ${path}; Pseudo = /export; Access_Type = RW; FSAL { Name = VFS; } }`,
  );
  await serveDhcp(rack);
  await startService(rack.lab, rack.logs, rpcbind(rack.lab.address));
  return startService(rack.lab, rack.logs, ganesha(config));
}
