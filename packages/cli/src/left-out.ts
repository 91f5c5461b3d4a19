import type { SkippedSample } from '@convnet/data';
import { counted } from '@convnet/train';

import type { Terminal } from './terminal.ts';

/** Counts and names what was left out, and why. */
export function tellLeftOut(
  noun: string,
  leftOut: readonly Pick<SkippedSample, 'source' | 'reason'>[],
  { error }: Pick<Terminal, 'error'>,
): void {
  if (leftOut.length === 0) return;
  error.write(`left out ${counted(leftOut.length, noun)} that cannot be read:\n`);
  for (const { source, reason } of leftOut) {
    error.write(`  ${reason.includes(source) ? reason : `${source}: ${reason}`}\n`);
  }
}
