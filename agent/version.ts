import manifest from '../package.json' with { type: 'json' };

/** The version of this agent, as the boot report names it. */
export const { version } = manifest;
