import { readFile } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { plain, plainJson } from '../core/plain.ts';
import type { Access } from './access.ts';
import {
  type BootChoice,
  bootWords,
  type Control,
  type Patience,
  type PowerAction,
} from './control.ts';
import { pauseFor } from './pause.ts';
import { isRecord, ownPath, record, type RedfishClient, redfishClient } from './redfish-client.ts';

type Redfish = Extract<Access, { readonly kind: 'redfish' }>;

/** Between off and on of `cycle`, in milliseconds. */
const pause = 5000;

/** What is asked for, best first: services know not all of the words (DSP0268, Resource.ResetType). */
const resets: Readonly<Record<PowerAction, readonly string[]>> = {
  on: ['On', 'ForceOn'],
  off: ['ForceOff'],
  softoff: ['GracefulShutdown'],
  reset: ['ForceRestart'],
  cycle: ['PowerCycle'],
};

const targets = {
  net: ['Pxe'],
  hd: ['Hdd'],
  cd: ['Cd', 'UsbCd'],
  default: ['None'],
} as const;

/** A controller that speaks Redfish: the power and the boot override of its ComputerSystem. */
export function redfishControl(access: Redfish, patience: Patience): Control {
  let path: string | undefined;
  const use = async <T>(work: (system: System) => Promise<T>): Promise<T> => {
    const { cafile, ...service } = access;
    const ca = cafile === undefined ? undefined : await readCa(cafile);
    const client = redfishClient({ ...service, ca }, patience);
    try {
      path ??= await systemPath(client, access);
      return await work({ access, client, path, patience });
    } finally {
      await client.leave();
    }
  };
  return {
    state: async () => use(async (system) => stateOf(await system.client.get(system.path), access)),
    act: async (action) => use(async (system) => reset(system, action)),
    setBoot: async (choice) => use(async (system) => setOverride(system, choice)),
    boot: async () => use(async (system) => overrideOf(await system.client.get(system.path))),
  };
}

interface System {
  readonly access: Redfish;
  readonly client: RedfishClient;
  readonly path: string;
  readonly patience: Patience;
}

async function reset(system: System, action: PowerAction): Promise<void> {
  const { access, client, path, patience } = system;
  const now = await client.get(path);
  // Some refuse to switch on what is on.
  if (action === 'on' || action === 'off') {
    if (stateOf(now, access) === action) return;
  }
  const { target, types } = await resetOf(client, now, path);
  const type = resets[action].find((each) => types === undefined || types.includes(each));
  if (type !== undefined) {
    await client.post(target, { ResetType: type });
  } else if (action === 'cycle') {
    await reset(system, 'off');
    await pauseFor(pause, patience.signal, 'between off and on');
    await reset(system, 'on');
  } else throw refused(access, `cannot ${action}: it knows ${plain(types?.join(', ') ?? '')}`);
}

async function setOverride(
  { access, client, path }: System,
  { device, persistent, uefi }: BootChoice,
): Promise<void> {
  const { Boot: boot } = await client.get(path);
  const known = isRecord(boot)
    ? boot['BootSourceOverrideTarget@Redfish.AllowableValues']
    : undefined;
  const target = targets[device].find((each) => !Array.isArray(known) || known.includes(each));
  if (target === undefined && device !== 'default') {
    const words = Array.isArray(known) ? known.map(String).join(', ') : '';
    throw refused(access, `cannot boot from ${bootWords[device]}: it knows ${plain(words)}`);
  }
  const enabled = persistent ? 'Continuous' : 'Once';
  await client.patch(path, {
    Boot: {
      BootSourceOverrideEnabled: device === 'default' ? 'Disabled' : enabled,
      ...(target !== undefined && { BootSourceOverrideTarget: target }),
      ...(uefi && { BootSourceOverrideMode: 'UEFI' }),
    },
  });
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_HARDWARE', `cannot read hardware.cafile ${file}`, {
      cause,
    });
  }
}

async function systemPath(client: RedfishClient, access: Redfish): Promise<string> {
  const { Systems: systems } = await client.get('/redfish/v1/');
  const collection = await client.get(ownPath(record(systems, 'Systems')['@odata.id']));
  const members = Array.isArray(collection['Members']) ? collection['Members'] : [];
  const paths = members.map((member) =>
    ownPath(isRecord(member) ? member['@odata.id'] : undefined),
  );
  const named = paths.filter((path) => access.system === undefined || idOf(path) === access.system);
  const [first] = named;
  if (first !== undefined && named.length === 1) return first;
  const known = plain(paths.map(idOf).join(', '));
  throw new StateliteError(
    'ERR_STATELITE_HARDWARE',
    access.system === undefined
      ? `${access.origin} has ${paths.length} systems: ${known}`
      : `${access.origin} has no system ${access.system}, but: ${known}`,
    { hint: 'name one in hardware.system' },
  );
}

function idOf(path: string): string {
  return path.replace(/\/$/u, '').split('/').at(-1) ?? '';
}

/** What may be reset how: said in the system itself, or elsewhere, or nowhere. */
async function resetOf(client: RedfishClient, system: Record<string, unknown>, path: string) {
  const actions = record(system['Actions'], `${path} Actions`);
  const action = record(actions['#ComputerSystem.Reset'], `${path} Reset`);
  const types = action['ResetType@Redfish.AllowableValues'];
  const info = action['@Redfish.ActionInfo'];
  return {
    target: ownPath(action['target']),
    types: Array.isArray(types) ? types.map(String) : await typesIn(client, info),
  };
}

async function typesIn(client: RedfishClient, info: unknown): Promise<string[] | undefined> {
  if (info === undefined) return undefined;
  const { Parameters: parameters } = await client.get(ownPath(info));
  const all = (Array.isArray(parameters) ? parameters : []).filter(isRecord);
  const types = all.find(({ Name: name }) => name === 'ResetType')?.['AllowableValues'];
  return Array.isArray(types) ? types.map(String) : undefined;
}

function stateOf({ PowerState: state }: Record<string, unknown>, access: Redfish): 'on' | 'off' {
  if (state === 'On' || state === 'PoweringOff' || state === 'Paused') return 'on';
  if (state === 'Off' || state === 'PoweringOn') return 'off';
  throw refused(access, `has the power state ${plainJson(state ?? null)}`);
}

function overrideOf(system: Record<string, unknown>): string {
  const boot = isRecord(system['Boot']) ? system['Boot'] : {};
  const { BootSourceOverrideEnabled: enabled, BootSourceOverrideTarget: target } = boot;
  if (enabled === 'Disabled' || enabled === undefined || target === 'None')
    return bootWords.default;
  if (target === 'Pxe') return bootWords.net;
  if (target === 'Hdd') return bootWords.hd;
  return target === 'Cd' || target === 'UsbCd' ? bootWords.cd : plain(String(target));
}

function refused({ origin }: Redfish, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', `${origin} ${why}`);
}
