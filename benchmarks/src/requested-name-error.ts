import { nearestHint } from '@convnet/tensor-core';

/** A name that is none of those that are known, with the one that was probably meant. */
export class RequestedNameError extends Error {
  override readonly name = 'RequestedNameError';

  /** `kind`: what was named, such as 'backend'. */
  constructor(kind: string, asked: string, known: readonly string[]) {
    super(
      `there is no ${kind} '${asked}'${nearestHint(asked, known)}; there are ${known.join(', ')}`,
    );
  }
}
