import { test as base } from 'vitest';
import { management } from './mgmt.ts';

/** A test with a management node of its own. */
// oxlint-disable-next-line no-empty-pattern -- vitest reads here what a fixture needs
export const test = base.extend('mn', async ({}, { onCleanup }) => {
  const mn = await management();
  onCleanup(() => mn[Symbol.asyncDispose]());
  return mn;
});
