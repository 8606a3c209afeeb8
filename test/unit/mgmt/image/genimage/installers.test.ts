import { describe, expect, test } from 'vitest';
import { distributionOf } from '../../../../../mgmt/image/genimage/distribution.ts';
import { aptInstaller } from '../../../../../mgmt/image/genimage/install-apt.ts';
import { installByDnf } from '../../../../../mgmt/image/genimage/install-dnf.ts';
import { installByZypper } from '../../../../../mgmt/image/genimage/install-zypper.ts';
import type { InstallJob, InstallPass } from '../../../../../mgmt/image/genimage/installer.ts';
import { pinKernel } from '../../../../../mgmt/image/genimage/pin-kernel.ts';
import { repositoryOf } from '../../../../../mgmt/image/genimage/repositories.ts';
import { imageSpec } from '../../../../../mgmt/image/genimage/spec.ts';
import { imageRow } from '../../../../helpers/image-row.ts';

const pass = (more: Partial<InstallPass>): InstallPass => ({
  from: 'pkglist',
  install: [],
  removeBefore: [],
  removeAfter: [],
  environment: {},
  ...more,
});

const job = (osvers: string, more: Partial<InstallJob> = {}): InstallJob => ({
  spec: imageSpec({ ...imageRow, osvers }, '/install'),
  root: '/i/rootimg',
  passes: [pass({ install: ['bash'] })],
  repositories: [
    repositoryOf('media', 'file:///install/rocky9', 'rpm-md'),
    repositoryOf('net', 'https://mirror.example.com/9', 'rpm-md'),
  ],
  keys: ['/install/rocky9/RPM-GPG-KEY-Rocky-9'],
  checkSignatures: true,
  update: false,
  ...more,
});

/** The words after the program's own options. */
const words = (argv: readonly string[]) => {
  const verb = argv.findIndex((word) =>
    /^(install|remove|upgrade|update|addlock|removelock)$/.test(word),
  );
  return argv
    .slice(verb)
    .filter((word) => !/^--(auto|no-rec)/.test(word))
    .join(' ');
};
const lines = (plan: { commands: readonly { argv: readonly string[] }[] }) =>
  plan.commands.map(({ argv }) => words(argv));

const manyPasses = {
  passes: [
    pass({ install: ['@core', 'vim'], removeBefore: ['nano'], removeAfter: ['less'] }),
    pass({
      install: ['own'],
      removeBefore: ['vim'],
      from: 'otherpkglist',
      environment: { A: '1' },
    }),
  ],
  update: true,
};

describe('dnf', () => {
  test('keeps out, installs and removes pass by pass, and updates at the end', () => {
    const plan = installByDnf(job('rocky9.4', manyPasses));
    expect(lines(plan)).toEqual([
      'install --exclude=nano @core vim',
      'remove less',
      'remove vim',
      'install own',
      'upgrade',
    ]);
    expect(plan.commands[3]?.environment).toMatchObject({ A: '1', SYSTEMD_OFFLINE: '1' });
    expect(plan.commands.every(({ mounts }) => mounts)).toBe(true);
  });

  test('reads nothing of this machine', () => {
    const { commands, files } = installByDnf(job('rocky9.4'));
    expect(commands[0]?.argv).toEqual(
      expect.arrayContaining([
        '--config=/run/statelite-genimage/dnf.conf',
        '--setopt=reposdir=/run/statelite-genimage/none',
        '--setopt=varsdir=/run/statelite-genimage/none',
        '--installroot=/i/rootimg',
        '--releasever=9.4',
        '--forcearch=x86_64',
      ]),
    );
    expect(files['dnf.conf']).toContain('plugins=0\n');
    expect(files['dnf.conf']).toContain('module_platform_id=platform:el9\n');
    expect(files['.rpmmacros']).toBe('%_dbpath /var/lib/rpm\n');
  });

  test('checks signatures of what comes over the network, and only of that', () => {
    const file = installByDnf(job('rocky9.4')).files['dnf.conf'] ?? '';
    const [, media = '', net = ''] = file.split(/\n(?=\[)/);
    expect(media).toContain('baseurl=file:///install/rocky9\ngpgcheck=0\n');
    expect(net).toContain('gpgcheck=1\ngpgkey=file:///install/rocky9/RPM-GPG-KEY-Rocky-9\n');
    const careless = installByDnf(job('rocky9.4', { checkSignatures: false }));
    expect(careless.files['dnf.conf']).not.toContain('gpgkey');
  });
});

describe('zypper', () => {
  test('locks what is kept out, and does not mind if something to remove is not there', () => {
    const plan = installByZypper(job('leap15.6', manyPasses));
    expect(lines(plan).slice(1)).toEqual([
      'addlock nano',
      'install pattern() = core vim',
      'removelock nano',
      'remove less',
      'remove vim',
      'install own',
      'update',
    ]);
    expect(plan.commands[4]?.argv).toContain('--ignore-unknown');
  });

  test('removes a pattern that is kept out afterwards: no lock holds it', () => {
    const passes = [pass({ install: ['vim'], removeBefore: ['@games', 'nano'] })];
    expect(lines(installByZypper(job('leap15.6', { passes }))).slice(1)).toEqual([
      'addlock nano',
      'install vim',
      'removelock nano',
      'remove pattern() = games',
    ]);
  });

  test('has repositories of its own, and keys for those of the network', () => {
    const { commands, files } = installByZypper(job('leap15.6'));
    expect(commands[0]?.argv.slice(0, 4)).toEqual(['rpm', '--root', '/i/rootimg', '--import']);
    expect(files['repos/media.repo']).toContain('baseurl=dir:///install/rocky9\n');
    expect(files['repos/media.repo']).toContain('gpgcheck=0\n');
    expect(files['repos/net.repo']).toContain('gpgcheck=1\n');
    expect(commands[1]?.environment).toMatchObject({
      ZYPP_CONF: '/run/statelite-genimage/zypp.conf',
    });
    const local = installByZypper(job('leap15.6', { checkSignatures: false }));
    expect(local.commands).toHaveLength(1);
    expect(local.files['repos/net.repo']).toContain('gpgcheck=0\n');
  });
});

describe('apt', () => {
  const source = {
    uris: ['http://d.example.com'],
    suites: ['bookworm'],
    components: ['main'],
    fields: {},
  };
  const install = aptInstaller({
    sources: [source],
    aptOptions: ['Acquire::http::Proxy "http://p:3142";'],
  });

  test('installs all passes at once, and purges afterwards in the root', () => {
    const passes = [
      pass({ install: ['systemd'], removeBefore: ['nano'], environment: { A: '1' } }),
      pass({ install: ['own'], removeAfter: ['less'], from: 'otherpkglist' }),
    ];
    const [first, second] = install(job('debian12', { passes, repositories: [] })).commands;
    expect(first?.argv).toContain('--include=systemd,nano-,own');
    expect(first?.argv).toContain('--aptopt=Acquire::http::Proxy "http://p:3142";');
    expect(first?.argv.slice(-3)).toEqual(['bookworm', '/i/rootimg', '-']);
    expect(first?.argv.join(' ')).not.toContain('file-mirror-automount');
    expect(first?.input).toContain('URIs: http://d.example.com\nSuites: bookworm\n');
    expect(first?.environment).toMatchObject({ A: '1', INITRD: 'No' });
    expect(second).toMatchObject({
      argv: ['chroot', '/i/rootimg', 'apt-get', '--yes', 'purge', 'less'],
      mounts: true,
    });
  });

  test('asks for packages of the osarch, and needs no further program to try whether they run', () => {
    const { spec } = job('debian12');
    const [first] = install(job('debian12', { spec: { ...spec, osarch: 'ppc64le' } })).commands;
    expect(first?.argv).toEqual(
      expect.arrayContaining(['--architectures=ppc64el', '--skip=check/qemu']),
    );
  });

  test('copies packages of a directory, which the root does not see', () => {
    const repositories = [repositoryOf('other1', 'file:///w/other/other1', 'deb')];
    const [first] = install(job('debian12', { repositories })).commands;
    expect(first?.input).toContain('URIs: copy:///w/other/other1\nSuites: ./\nTrusted: yes\n');
  });
});

test.for([
  ['rocky9', 'kernel kernel-core bash', 'kernel-5.14 kernel-core-5.14 bash'],
  ['leap15.6', 'kernel-default bash', 'kernel-default=5.14 bash'],
  ['debian12', 'linux-image-amd64', 'linux-image-amd64'],
] as const)('%s: the version of the kernel packages is pinned', ([osvers, before, after]) => {
  const pinned = pinKernel([pass({ install: before.split(' ') })], {
    distribution: distributionOf(osvers),
    krpmver: '5.14',
  });
  expect(pinned[0]?.install.join(' ')).toBe(after);
});
