import { batchNormWith, caffePreprocessing, type KerasTwin } from '@convnet/layers';

import type { ResNetOptions } from './resnet.ts';

/** `conv3_block2_0_bn` is `layer2.1.downsample.1`, `conv3_block2_1_conv` is `layer2.1.conv1`. */
function layerOf(name: string): string {
  if (name === 'conv1_conv') return 'conv1';
  if (name === 'conv1_bn') return 'bn1';
  if (name === 'predictions' || name === 'fc1000' || name === 'probs') return 'fc';
  const found = /^conv([2-5])_block(\d+)_([0-3])_(conv|bn)$/.exec(name);
  if (found === null) return name;
  const [, stage, block, number, kind] = found;
  const path = `layer${Number(stage) - 1}.${Number(block) - 1}`;
  return number === '0'
    ? `${path}.downsample.${kind === 'conv' ? 0 : 1}`
    : `${path}.${kind}${number}`;
}

/**
 * ResNet50, ResNet101 and ResNet152 of keras.applications, as `resnet50`, `resnet101` and `resnet152`. Their strides are those of the
 * paper, and their convolutions have biases, which become part of the running means.
 */
export const resnetKeras: KerasTwin<ResNetOptions> = {
  options: {
    version: 1,
    norm: /* @__PURE__ */ batchNormWith({ epsilon: 1.001e-5, momentum: 0.01 }),
  },
  map: {
    names: (key) =>
      key.replace(/^(.*)\.(\w+)$/, (_, name: string, role: string) => `${layerOf(name)}.${role}`),
    folded: [[/_conv\.bias$/, '_bn.running_mean']],
  },
  preprocessing: caffePreprocessing,
};
