import { fromMinusOnePreprocessing, type KerasTwin } from '@convnet/layers';

import type { InceptionV3Options } from './inception-v3.ts';

/**
 * InceptionV3 of keras.applications, as `inception_v3`. Its layers are numbered, in the order in which they stand here; its
 * averages do not count the zeros around the input.
 */
export const inception_v3Keras: KerasTwin<InceptionV3Options & { readonly auxLogits: false }> = {
  options: { auxLogits: false, countIncludePad: false },
  map: { names: 'in order' },
  preprocessing: fromMinusOnePreprocessing,
};
