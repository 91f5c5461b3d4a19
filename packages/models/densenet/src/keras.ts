import { batchNormWith, torchPreprocessing, type KerasTwin } from '@convnet/layers';

import type { DenseNetOptions } from './densenet.ts';

/** What the layers of a block are called here, by their names in Keras. */
const inBlock: Readonly<Record<string, string>> = {
  '0_bn': 'norm1',
  '1_conv': 'conv1',
  '1_bn': 'norm2',
  '2_conv': 'conv2',
};

/** `conv3_block2_1_bn` is `features.denseblock2.denselayer2.norm2`, `pool3_conv` is `features.transition2.conv`. */
function layerOf(name: string): string {
  // Older files have a dot where newer ones have a line.
  if (/^conv1[._]conv$/.test(name)) return 'features.conv0';
  if (/^conv1[._]bn$/.test(name)) return 'features.norm0';
  if (name === 'bn') return 'features.norm5';
  if (name === 'predictions' || name === 'fc1000') return 'classifier';
  const [, stage, block, layer = ''] = /^conv([2-5])_block(\d+)_(\w+)$/.exec(name) ?? [];
  const path = inBlock[layer];
  if (path !== undefined) {
    return `features.denseblock${Number(stage) - 1}.denselayer${block}.${path}`;
  }
  const [, before, kind] = /^pool([2-4])_(bn|conv)$/.exec(name) ?? [];
  if (before === undefined) return name;
  return `features.transition${Number(before) - 1}.${kind === 'bn' ? 'norm' : 'conv'}`;
}

/** DenseNet121, DenseNet169 and DenseNet201 of keras.applications, as the builders of their names. */
export const densenetKeras: KerasTwin<DenseNetOptions> = {
  options: { norm: /* @__PURE__ */ batchNormWith({ epsilon: 1.001e-5, momentum: 0.01 }) },
  map: {
    names: (key) =>
      key.replace(/^(.*)\.(\w+)$/, (_, name: string, role: string) => `${layerOf(name)}.${role}`),
  },
  preprocessing: torchPreprocessing,
};
