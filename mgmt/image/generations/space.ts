import { StateliteError } from '../../../agent/errors.ts';

/** Does the work; if there is no space left for it, the error says so and what helps. */
export async function withSpaceHint<T>(rootimgdir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNoSpace(cause)) throw cause;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `no space is left for a new generation beside ${rootimgdir}`,
      { cause, hint: 'the image is as it was; remove old generations with statelite image gc' },
    );
  }
}

/** In its own words or in those of a program that was run. */
function isNoSpace(error: unknown): boolean {
  return (
    error instanceof Error &&
    /ENOSPC|EDQUOT|no space left on device|disk quota exceeded/iu.test(error.message)
  );
}
