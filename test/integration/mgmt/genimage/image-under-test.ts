import { writeFile } from 'node:fs/promises';
import type { BuildOptions, BuildTools } from '../../../../mgmt/image/genimage/build.ts';

/** Nothing of this machine. */
export const packageOptions: BuildOptions = {
  mirrors: [],
  rootPassword: undefined,
  authorizedKeys: undefined,
  hostSources: [],
  aptOptions: [],
  installdir: '/none',
  noupdate: false,
  nogpgcheck: false,
};

/** Tools whose initramfs is a line of text, and who can stop the build. */
export function fakeTools() {
  const controller = new AbortController();
  const shown: string[] = [];
  const tools: BuildTools = {
    progress: { step: (text) => void shown.push(text), update: () => {}, done: () => {} },
    signal: controller.signal,
    buildInitramfs: async ({ root, kernel, output, drivers }) => {
      await writeFile(output, `initramfs of ${kernel} with ${drivers.join()}`);
      return [`1 MB  from ${root}`];
    },
  };
  return { tools, controller, shown };
}
