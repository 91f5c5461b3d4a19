import { aFunction, aString, listOf, requireKind } from '@convnet/tensor-core';

import { ClipError } from '../errors.ts';
import { anImage, type Image } from '../image/image.ts';

/** Frames of one size, one after another. */
export type Clip = readonly Image[];

/**
 * A clip of the given frames.
 *
 * @param source What errors call it.
 * @param nameOf What errors call frame `i`.
 * @throws ClipError (fault 'short') where there is no frame, ('sizes') where one has another size than the first.
 */
export function clip(
  frames: readonly Image[],
  source = 'clip',
  nameOf: (i: number) => string = (i) => `frame ${i}`,
): Clip {
  requireKind('clip', 'frames', frames, listOf(anImage));
  requireKind('clip', 'source', source, aString);
  requireKind('clip', 'nameOf', nameOf, aFunction);
  const [first] = frames;
  if (first === undefined) throw new ClipError('short', source, 'expected frames, found none');
  const odd = frames.findIndex(
    ({ width, height }) => width !== first.width || height !== first.height,
  );
  if (odd < 0) return frames;
  const size = ({ width, height }: Image): string => `${width}x${height}`;
  throw new ClipError(
    'sizes',
    source,
    `expected frames of one size, got ${size(first)} in ${nameOf(0)} and ${size(frames[odd]!)} in ${nameOf(odd)}; ` +
      'bring them to one size before',
  );
}
