import type { Logger, Priority } from '../../agent/log.ts';

/** A logger that keeps `priority: message`. */
export function recordingLogger(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const at = (priority: Priority) => (message: string) =>
    void lines.push(`${priority}: ${message}`);
  return {
    lines,
    log: { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') },
  };
}
