import {
  batchNormWith,
  fromMinusOnePreprocessing,
  torchPreprocessing,
  type KerasTwin,
} from '@convnet/layers';

import type { EfficientNetOptions } from './efficientnet.ts';

/** Layers outside the blocks. The last convolution stands behind `stages` stages. */
function outside(name: string, stages: number): string | undefined {
  const known: Readonly<Record<string, string>> = {
    stem_conv: 'features.0.0',
    stem_bn: 'features.0.1',
    top_conv: `features.${stages + 1}.0`,
    top_bn: `features.${stages + 1}.1`,
    predictions: 'classifier.1',
  };
  return known[name];
}

/** What stands in a block, in order: the names of convolution and norm in Keras. */
type Parts = readonly (readonly [convolution: string, norm: string])[];

const squeeze = ['se_reduce', 'se_expand'] as const;

/** Which layers the blocks of a stage have. */
type PartsOf = (stage: number) => Parts;

/** Version 1: the first stage does not expand. */
const partsOfV1: PartsOf = (stage) => [
  ...(stage === 1 ? [] : [['expand_conv', 'expand_bn'] as const]),
  ['dwconv', 'bn'],
  squeeze,
  ['project_conv', 'project_bn'],
];

/** Version 2: three stages of fused blocks, the first of which are one convolution. */
const partsOfV2: PartsOf = (stage) => {
  if (stage === 1) return [['project_conv', 'project_bn']];
  const ends = [
    ['expand_conv', 'expand_bn'],
    ['project_conv', 'project_bn'],
  ] as const;
  return stage < 4 ? ends : [ends[0], ['dwconv2', 'bn'], squeeze, ends[1]];
};

/** `block2a_dwconv` is `features.2.0.block.1.0`, `block2a_se_expand` is `features.2.0.block.2.fc2`. */
function names(partsOf: PartsOf, stages: number): (key: string) => string | null {
  return (key) => {
    // It is a part of the preparation of images here.
    if (key.startsWith('normalization.')) return null;
    const [, name = '', role] = /^(.*)\.(\w+)$/.exec(key) ?? [];
    const known = outside(name, stages);
    if (known !== undefined) return `${known}.${role}`;
    const [, stage = '', letter = '', part = ''] = /^block(\d)([a-z])_(\w+)$/.exec(name) ?? [];
    const place = partsOf(Number(stage)).findIndex((pair) => pair.includes(part));
    if (stage === '' || place < 0) return key;
    const [first] = partsOf(Number(stage))[place]!;
    const isSqueeze = first === 'se_reduce';
    const last = part === first ? (isSqueeze ? 'fc1' : '0') : isSqueeze ? 'fc2' : '1';
    const layer = letter.charCodeAt(0) - 'a'.charCodeAt(0);
    return `features.${stage}.${layer}.block.${place}.${last}.${role}`;
  };
}

/**
 * EfficientNetB0 to B7 of keras.applications, as `efficientnet_b0` to `efficientnet_b7`. Their preparation of images is a part of the
 * network there, and not here.
 */
export const efficientnetKeras: KerasTwin<EfficientNetOptions> = {
  options: {
    norm: /* @__PURE__ */ batchNormWith({ epsilon: 1e-3, momentum: 0.01 }),
    samePadding: true,
  },
  map: { names: /* @__PURE__ */ names(partsOfV1, 7) },
  preprocessing: torchPreprocessing,
};

/** EfficientNetV2S of keras.applications, as `efficientnet_v2_s`; its preparation of images is left out too. */
export const efficientnet_v2_sKeras: KerasTwin<EfficientNetOptions> = {
  options: {
    norm: /* @__PURE__ */ batchNormWith({ epsilon: 1e-3, momentum: 0.1 }),
    samePadding: true,
  },
  map: { names: /* @__PURE__ */ names(partsOfV2, 6) },
  preprocessing: fromMinusOnePreprocessing,
};
