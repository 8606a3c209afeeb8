import { exists } from '../image/genimage/exists.ts';
import { type Profile, profileFiles } from '../image/genimage/profile-file.ts';
import { machineArch } from '../agent-for.ts';
import type { Wanted } from '../core/objects/changes.ts';
import { definitionOf, isDefined, type Objects } from '../core/objects/definition.ts';
import {
  derivedAttributes,
  distributionNamed,
  imageWords,
  type ProfileFiles,
} from '../core/objects/derive.ts';
import { objectTypes } from '../core/objects/types.ts';
import { machineOsvers } from './this-machine.ts';

/** Attributes that name a file of the profile, and how such a file's name ends. */
const kinds = {
  pkglist: 'pkglist',
  exlist: 'exlist',
  postinstall: 'postinstall',
  otherpkglist: 'otherpkgs.pkglist',
} as const;

/**
 * An osimage with what `-u` fills in: from what is given, else what the image has, else the copied
 * distribution that its name begins with, else this machine's system and architecture. What is given
 * stands over what is found. Throws like `imageWords`.
 */
export async function deriveImage(
  { name, assignments }: Wanted,
  objects: Objects,
): Promise<Wanted> {
  const now = isDefined(objectTypes.osimage, name, objects)
    ? definitionOf(objectTypes.osimage, name, objects).attributes
    : undefined;
  const word = (attribute: string) => assignments.get(attribute) ?? now?.get(attribute)?.value;
  const osvers = word('osvers');
  const { osdistro } = objects.cluster.rows;
  const distribution = osvers === undefined ? distributionNamed(name, osdistro) : undefined;
  const words = imageWords({
    profile: word('profile'),
    provmethod: word('provmethod'),
    osvers: osvers ?? distribution?.osvers ?? (await machineOsvers()),
    osarch: word('osarch') ?? distribution?.osarch ?? machineArch(),
  });
  const { installdir } = objects.cluster.site;
  const derived = derivedAttributes(words, await findFiles(words, installdir), installdir);
  return { name, assignments: new Map([...derived, ...assignments]) };
}

/** Where genimage looks too. */
async function findFiles(profile: Profile, installdir: string): Promise<ProfileFiles> {
  const found: Record<string, string> = {};
  for (const [attribute, ending] of Object.entries(kinds)) {
    const paths = profileFiles(profile, 'pkglist', installdir);
    for (const path of paths.map((each) => each.replace(/pkglist$/u, ending))) {
      if (!(await exists(path))) continue;
      found[attribute] = path;
      break;
    }
  }
  return found;
}
