import type { AbortSignalLike } from './options.ts';

/** Why a signal was given. Browsers before 2022 know no reasons. */
export const reasonOf = ({ reason }: AbortSignalLike): unknown =>
  reason ?? new DOMException('fit was aborted', 'AbortError');

/** As the method of AbortSignal, which browsers before 2022 lack. @throws the signal's reason. */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted === true) throw reasonOf(signal);
}
