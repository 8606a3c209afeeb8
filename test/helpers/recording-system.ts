import type { System } from '../../agent/system.ts';

export interface RecordingSystem extends System {
  /** Every call in words, in order. */
  readonly calls: readonly string[];
}

/** A System that does nothing and remembers what it was asked; `failing` names a call that fails. */
export function recordingSystem(
  failing: Partial<Record<keyof System, Error>> = {},
): RecordingSystem {
  const calls: string[] = [];
  const record = (name: keyof System, ...words: readonly unknown[]): void => {
    calls.push([name, ...words].join(' ').trim());
    const failure = failing[name];
    if (failure !== undefined) throw failure;
  };
  const end = (name: keyof System, ...words: readonly unknown[]): never => {
    record(name, ...words);
    throw new Error(`${name} was called`);
  };
  return {
    calls,
    mount: async (source, target, fstype, data, flags = {}) =>
      record('mount', source, target, fstype, data, flagged(flags)),
    mountWatched: async (source, target, fstype, data, flags, milliseconds) =>
      record('mountWatched', source, target, fstype, data, flagged(flags), milliseconds),
    mountLoop: async (image, target, fstype) => record('mountLoop', image, target, fstype),
    makeNode: async (path, mode, device) => record('makeNode', path, mode, device),
    bind: async (source, target, readonly) =>
      record('bind', source, target, ...(readonly ? ['read-only'] : [])),
    move: async (source, target) => record('move', source, target),
    unmount: async (target, how) => record('unmount', target, how ?? ''),
    loadModule: async (file, parameters) => record('loadModule', file, parameters),
    setHostname: (name) => record('setHostname', name),
    interfaceUp: (name) => record('interfaceUp', name),
    interfaceAddress: (name, address, netmask) =>
      record('interfaceAddress', name, address, netmask),
    defaultRoute: (gateway) => record('defaultRoute', gateway),
    changeRoot: (path) => record('changeRoot', path),
    execute: (file, argv) => end('execute', file, ...argv),
    reboot: () => end('reboot'),
    halt: () => end('halt'),
  };
}

function flagged(flags: object): string {
  return Object.keys(flags).join(',');
}
