/**
 * Published weights, or, where STAND_IN names a file, weights of a narrow network of the same family: so the tests run the
 * examples in seconds and download nothing.
 */
import type { PretrainedWeights } from '@convnet/layers';

interface Chosen<Options> {
  /** What the builder is called with. */
  readonly options: Options | Record<string, never>;
  /** What `loadWeights` takes. */
  readonly weights: PretrainedWeights | string;
}

export function publishedOr<Options>(
  narrow: Options,
  published: PretrainedWeights,
): Chosen<Options> {
  const standIn = process.env['STAND_IN'];
  return standIn === undefined
    ? { options: {}, weights: published }
    : { options: narrow, weights: standIn };
}
