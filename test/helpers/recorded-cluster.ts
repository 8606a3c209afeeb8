import { type Management, management } from './mgmt.ts';
import { recordedTable } from './transcripts.ts';

const tables = ['osimage', 'linuximage', 'noderes', 'nodetype', 'litefile', 'litetree'];

/**
 * The cluster that was recorded: its tables, and of the others what its lsdef tells. `adapt`
 * changes a table's text, for paths that must not be the real ones.
 */
export async function recordedCluster(
  adapt: (text: string, directory: string) => string = (text) => text,
): Promise<Management> {
  const cluster = await management();
  const run = async (...argv: string[]) => {
    const { code, err } = await cluster.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  };
  for (const table of [...tables, 'statelite', 'policy']) {
    await cluster.write(`${table}.csv`, adapt(recordedTable(table), cluster.directory));
    await run('tabrestore', `${table}.csv`);
  }
  // It had none of the rows that xCAT's installation writes.
  await run('chtab', '-d', 'node=xcatdefaults', 'postscripts');
  await run('chtab', 'key=statelitecmd', 'site.value=yes');
  await run('nodeadd', 'n[1-249]', 'groups=all,compute');
  await run('nodeadd', 'n250', 'groups=all');
  await run('nodegrpch', 'compute', 'mgt=ipmi', 'nodehm.serialport=0', 'nodehm.serialspeed=115200');
  await run(
    'nodech',
    'n1',
    'hosts.ip=10.99.1.1',
    'mac.mac=52:54:00:00:00:01',
    'chain.currstate=statelite rhels8.4-x86_64-rhcompute',
  );
  return cluster;
}
