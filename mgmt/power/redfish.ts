import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { plain, plainJson } from '../core/plain.ts';
import type { Access } from './access.ts';
import { bootWords, type Control, type Patience, type PowerAction } from './control.ts';
import { type Ask, redfishAsk } from './redfish-http.ts';

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

const targets = { net: 'Pxe', hd: 'Hdd', cd: 'Cd', default: 'None' } as const;

/** A controller that speaks Redfish: the power and the boot override of its ComputerSystem. */
export function redfishControl(access: Redfish, patience: Patience): Control {
  let opened: Promise<Ask> | undefined;
  const ask: Ask = async (...question) => (await (opened ??= open(access, patience)))(...question);
  let found: Promise<string> | undefined;
  const path = async () => (found ??= systemPath(ask, access));
  const system = async () => record(await ask('GET', await path()), await path());
  const reset = async (action: PowerAction): Promise<void> => {
    const now = await system();
    const { target, types } = resetOf(now, await path());
    const type = resets[action].find((each) => types === undefined || types.includes(each));
    if (type !== undefined) await ask('POST', target, { ResetType: type });
    else if (action === 'cycle') await offAndOn();
    else throw refused(access, `cannot ${action}: it knows ${plain(types?.join(', ') ?? '')}`);
  };
  const offAndOn = async () => {
    await reset('off');
    await sleep(pause, undefined, { signal: patience.signal });
    await reset('on');
  };
  return {
    state: async () => stateOf(await system(), access),
    act: reset,
    setBoot: async ({ device, persistent, uefi }) => {
      const enabled = persistent ? 'Continuous' : 'Once';
      await ask('PATCH', await path(), {
        Boot: {
          BootSourceOverrideEnabled: device === 'default' ? 'Disabled' : enabled,
          BootSourceOverrideTarget: targets[device],
          ...(uefi && { BootSourceOverrideMode: 'UEFI' }),
        },
      });
    },
    boot: async () => overrideOf(await system()),
  };
}

async function open({ cafile, ...service }: Redfish, patience: Patience): Promise<Ask> {
  const ca = cafile === undefined ? undefined : await readCa(cafile);
  return redfishAsk({ ...service, ca }, patience);
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

async function systemPath(ask: Ask, access: Redfish): Promise<string> {
  const collection = record(await ask('GET', '/redfish/v1/Systems'), '/redfish/v1/Systems');
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

/** What a service names must be its own: elsewhere the password would go to somebody else. */
function ownPath(value: unknown): string {
  if (typeof value === 'string' && /^\/redfish\/[\w.~:@!$&'()*+,;=%/-]*$/u.test(value))
    return value;
  throw new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `a Redfish service names the resource ${plainJson(value ?? null)}`,
  );
}

function resetOf(system: Record<string, unknown>, path: string) {
  const actions = record(system['Actions'], `${path} Actions`);
  const reset = record(actions['#ComputerSystem.Reset'], `${path} Reset`);
  const types = reset['ResetType@Redfish.AllowableValues'];
  return {
    target: ownPath(reset['target']),
    types: Array.isArray(types) ? types.map(String) : undefined,
  };
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
  return target === 'Cd' ? bootWords.cd : plain(String(target));
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new StateliteError('ERR_STATELITE_HARDWARE', `${what} of a Redfish service is no object`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused({ origin }: Redfish, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', `${origin} ${why}`);
}
