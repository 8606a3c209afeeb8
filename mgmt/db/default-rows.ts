/** One command that anybody may give, also a booting node without a certificate. */
const open = (priority: string, commands: string) => ({ priority, commands, rule: 'allow' });

/**
 * Rows a table is made with, xCAT's. By the policy root may do everything, and a booting node may
 * ask for what it needs to boot; `setup` adds the management node's own certificate as 1.2.
 */
export const defaultRows: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  policy: [
    { priority: '1', name: 'root', rule: 'allow' },
    open('2', 'getbmcconfig'),
    open('2.1', 'remoteimmsetup'),
    open('2.3', 'lsxcatd'),
    open('3', 'nextdestiny'),
    open('4', 'getdestiny'),
    open('4.4', 'getpostscript'),
    open('4.5', 'getcredentials'),
    open('4.6', 'syncfiles'),
    open('4.7', 'litefile'),
    open('4.8', 'litetree'),
    open('4.9', 'getadapter'),
    open('4.95', 'getpartition'),
  ],
  postscripts: [
    {
      node: 'xcatdefaults',
      postscripts: 'syslog,remoteshell,syncfiles',
      postbootscripts: 'otherpkgs',
    },
    { node: 'service', postscripts: 'servicenode' },
  ],
};
