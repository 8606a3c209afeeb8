export type PowerState = 'on' | 'off';

/** What a controller is told to do; `cycle` is off, a pause, and on. */
export type PowerAction = 'on' | 'off' | 'softoff' | 'reset' | 'cycle';

/** What a node boots from: once, unless told otherwise; `default` is what its firmware is set to. */
export type BootDevice = 'net' | 'hd' | 'cd' | 'default';

export interface BootChoice {
  readonly device: BootDevice;
  /** From now on, not only the next time. */
  readonly persistent: boolean;
  readonly uefi: boolean;
}

/**
 * The hardware of one node. Everything rejects with ERR_STATELITE_HARDWARE if the controller cannot
 * be reached in time, refuses, or answers something else than it should.
 */
export interface Control {
  readonly state: () => Promise<PowerState>;
  readonly act: (action: PowerAction) => Promise<void>;
  readonly setBoot: (choice: BootChoice) => Promise<void>;
  /** In stock's words: Network, Hard Drive, CD/DVD, boot override inactive. */
  readonly boot: () => Promise<string>;
}

/** How long a controller has for each answer, and who may end the waiting. */
export interface Patience {
  /** Milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Stock's words for what a node boots from. */
export const bootWords: Readonly<Record<BootDevice, string>> = {
  net: 'Network',
  hd: 'Hard Drive',
  cd: 'CD/DVD',
  default: 'boot override inactive',
};
