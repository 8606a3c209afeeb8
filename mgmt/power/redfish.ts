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

/** Milliseconds of a `cycle`: from one look whether it is off to the next, and then until it is on. */
const usual = { look: 1000, off: 5000 };

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

/** What it is when it is switched, and no longer on its way there (DSP0268, Resource.PowerState). */
const settled = { on: 'On', off: 'Off' } as const;

/** A controller that speaks Redfish: the power and the boot override of its ComputerSystem. */
export function redfishControl(access: Redfish, patience: Patience, pauses = usual): Control {
  let path: string | undefined;
  const use = async <T>(work: (system: System) => Promise<T>): Promise<T> => {
    const { cafile, ...service } = access;
    const ca = cafile === undefined ? undefined : await readCa(cafile);
    const client = redfishClient({ ...service, ca }, patience);
    try {
      path ??= await systemPath(client, access);
      return await work({ access, client, path, patience, pauses });
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
  readonly pauses: typeof usual;
}

async function reset(system: System, action: PowerAction): Promise<void> {
  const { target, types } = await resetOf(system);
  const type = resets[action].find((each) => types === undefined || types.includes(each));
  if (type === undefined && action === 'cycle') return cycle(system);
  try {
    if (type === undefined) throw cannot(system.access, action, types);
    await system.client.post(target, { ResetType: type });
  } catch (error) {
    if (!(error instanceof StateliteError) || (action !== 'on' && action !== 'off')) throw error;
    // Some refuse to switch on what is on. None is believed before: many say On for 15 s after it is off.
    if ((await wordOf(system)) !== settled[action]) throw error;
  }
}

/** For a service that knows no PowerCycle. */
async function cycle(system: System): Promise<void> {
  const { access, patience, pauses } = system;
  await reset(system, 'off');
  const end = Date.now() + patience.limit;
  for (;;) {
    const word = await wordOf(system);
    if (word === settled.off) break;
    if (Date.now() > end) {
      throw new StateliteError(
        'ERR_STATELITE_HARDWARE',
        `${access.origin} was switched off and is ${plainJson(word ?? null)} still`,
        { hint: 'it is not switched on again: rpower stat says how it is, rpower on does it' },
      );
    }
    await pauseFor(pauses.look, patience.signal, 'while it was switched off');
  }
  await pauseFor(pauses.off, patience.signal, 'between off and on');
  await reset(system, 'on');
}

async function wordOf({ client, path }: System): Promise<unknown> {
  return (await client.get(path))['PowerState'];
}

async function setOverride(
  { access, client, path }: System,
  { device, persistent, uefi }: BootChoice,
): Promise<void> {
  const { Boot: boot } = await client.get(path);
  const known = isRecord(boot)
    ? wordsIn(boot['BootSourceOverrideTarget@Redfish.AllowableValues'])
    : undefined;
  const target = targets[device].find((each) => known === undefined || known.includes(each));
  if (target === undefined && device !== 'default') {
    throw cannot(access, `boot from ${bootWords[device]}`, known);
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
async function resetOf({ client, path }: System) {
  const { Actions: all } = await client.get(path);
  const action = record(record(all, `${path} Actions`)['#ComputerSystem.Reset'], `${path} Reset`);
  return {
    target: ownPath(action['target']),
    types:
      wordsIn(action['ResetType@Redfish.AllowableValues']) ??
      (await typesIn(client, action['@Redfish.ActionInfo'])),
  };
}

async function typesIn(
  client: RedfishClient,
  info: unknown,
): Promise<readonly string[] | undefined> {
  if (info === undefined) return undefined;
  const { Parameters: parameters } = await client.get(ownPath(info));
  const all = (Array.isArray(parameters) ? parameters : []).filter(isRecord);
  return wordsIn(all.find(({ Name: name }) => name === 'ResetType')?.['AllowableValues']);
}

/** The words of a list; undefined for what is none. What else stands in it is nothing that is known here. */
function wordsIn(list: unknown): readonly string[] | undefined {
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : undefined;
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
  if (target === 'Cd' || target === 'UsbCd') return bootWords.cd;
  return typeof target === 'string' ? plain(target) : plainJson(target ?? null);
}

function cannot(access: Redfish, what: string, known: readonly string[] = []): StateliteError {
  return refused(access, `cannot ${what}: it knows ${plain(known.join(', '))}`);
}

function refused({ origin }: Redfish, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', `${origin} ${why}`);
}
