import { caffePreprocessing, type KerasTwin } from '@convnet/layers';

import type { VGGOptions } from './vgg.ts';

/** Dense layers of Keras, by their names there. */
const dense: Readonly<Record<string, string>> = {
  fc1: 'classifier.0',
  fc2: 'classifier.3',
  predictions: 'classifier.6',
};

/** The twin of a network with `depth` convolutions in each of its last three stages. */
function twin(depth: number): KerasTwin<VGGOptions> {
  const before = [0, 5, 10, 10 + 2 * depth + 1, 10 + 2 * (2 * depth + 1)];
  return {
    options: {},
    map: {
      names: (key) => {
        const [, stage, convolution, role] = /^block([1-5])_conv(\d)\.(.+)$/.exec(key) ?? [];
        if (role !== undefined) {
          return `features.${before[Number(stage) - 1]! + 2 * (Number(convolution) - 1)}.${role}`;
        }
        const [, layer = '', of] = /^(\w+)\.(.+)$/.exec(key) ?? [];
        const path = dense[layer];
        return path === undefined ? key : `${path}.${of}`;
      },
      flattened: { fc1: [7, 7, 512] },
    },
    preprocessing: caffePreprocessing,
  };
}

/** VGG16 of keras.applications, as `vgg16`. */
export const vgg16Keras: KerasTwin<VGGOptions> = /* @__PURE__ */ twin(3);

/** VGG19 of keras.applications, as `vgg19`. */
export const vgg19Keras: KerasTwin<VGGOptions> = /* @__PURE__ */ twin(4);
