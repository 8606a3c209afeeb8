import type { Check } from './check.ts';
import { type Finding, note, ok } from './finding.ts';
import { type Machine, readText } from './machine.ts';

/** What confines programs on this machine. */
export interface ConfinementFacts {
  readonly isSelinuxEnforcing: boolean;
  /** Names of AppArmor profiles in enforce mode. */
  readonly profiles: readonly string[];
}

export const confinement: Check<Machine> = {
  group: 'machine',
  name: 'SELinux and AppArmor',
  async look(machine) {
    const enforce = await readText(machine, '/sys/fs/selinux/enforce');
    const profiles = (await readText(machine, '/sys/kernel/security/apparmor/profiles')) ?? '';
    return judgeConfinement({
      isSelinuxEnforcing: enforce?.trim() === '1',
      profiles: [...profiles.matchAll(/^(\S+) \(enforce\)$/gmu)].map(([, name = '']) => name),
    });
  },
};

/** Denials are in logs that are not read here: only where to look is said. */
export function judgeConfinement({ isSelinuxEnforcing, profiles }: ConfinementFacts): Finding[] {
  const ours = profiles.filter((name) => /dnsmasq|tftpd|dhcpd|kea-dhcp|ganesha/u.test(name));
  const findings = [
    ...(isSelinuxEnforcing
      ? [
          note(
            'SELinux is enforcing',
            'if a server cannot read its files: ausearch -m AVC -ts recent',
          ),
        ]
      : []),
    ...(ours.length > 0
      ? [
          note(
            `AppArmor confines ${ours.join(', ')}`,
            'if it cannot read its files: journalctl -k -g apparmor=',
          ),
        ]
      : []),
  ];
  return findings.length > 0 ? findings : [ok('neither SELinux nor AppArmor confines our servers')];
}
