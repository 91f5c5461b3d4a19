import {
  batchNormWith,
  fromMinusOnePreprocessing,
  ReLU6,
  type KerasPreprocessing,
  type KerasTwin,
} from '@convnet/layers';

import type { MobileNetV1Options } from './mobilenet-v1.ts';
import type { MobileNetV2Options } from './mobilenet-v2.ts';
import type { MobileNetV3Options } from './mobilenet-v3.ts';

/** Names of tensors from names of layers. */
function byLayer(layerOf: (name: string) => string): (key: string) => string {
  return (key) =>
    key.replace(/^(.*)\.(\w+)$/, (_, name: string, role: string) => `${layerOf(name)}.${role}`);
}

/** `conv_dw_3_bn` is `features.3.depthwise.1`. */
function layerOfV1(name: string): string {
  if (name === 'conv1') return 'features.0.0';
  if (name === 'conv1_bn') return 'features.0.1';
  if (name === 'conv_preds') return 'classifier.1';
  const [, kind, block, norm] = /^conv_(dw|pw)_(\d+)(_bn)?$/.exec(name) ?? [];
  if (block === undefined) return name;
  const path = kind === 'dw' ? 'depthwise' : 'pointwise';
  return `features.${block}.${path}.${norm === undefined ? 0 : 1}`;
}

/** Places in a block of version 2: convolution, then norm. */
const placesV2: Readonly<Record<string, readonly [convolution: string, norm: string]>> = {
  expand: ['0.0', '0.1'],
  depthwise: ['1.0', '1.1'],
  project: ['2', '3'],
};
/** In the first block, which does not expand. */
const firstPlacesV2: typeof placesV2 = { depthwise: ['0.0', '0.1'], project: ['1', '2'] };

/** `block_3_project_BN` is `features.4.conv.3`. */
function layerOfV2(name: string): string {
  if (name === 'Conv1') return 'features.0.0';
  if (name === 'bn_Conv1') return 'features.0.1';
  if (name === 'Conv_1') return 'features.18.0';
  if (name === 'Conv_1_bn') return 'features.18.1';
  if (name === 'predictions' || name === 'Logits') return 'classifier.1';
  const found = /^(?:expanded_conv|block_(\d+))_(expand|depthwise|project)(_BN)?$/.exec(name);
  if (found === null) return name;
  const [, number = '0', part = '', norm] = found;
  const places = (number === '0' ? firstPlacesV2 : placesV2)[part];
  if (places === undefined) return name;
  return `features.${Number(number) + 1}.conv.${places[norm === undefined ? 0 : 1]}`;
}

/** What stands in the blocks of version 3, in order, by its name in Keras. */
const partsV3 = ['expand', 'depthwise', 'squeeze_excite', 'project'];
const outsideV3: Readonly<Record<string, string>> = {
  conv: 'features.0.0',
  conv_bn: 'features.0.1',
  conv_2: 'classifier.0',
  logits: 'classifier.3',
};

/** The blocks of version 3 that squeeze, and whether the first expands: what moves the places of what follows. */
interface BlocksV3 {
  readonly squeezing: readonly number[];
  /** Number of blocks. */
  readonly count: number;
}

/** `expanded_conv_3_project_bn` is `features.4.block.2.1` or `.3.1`. Older files have a dot for the line before the part. */
function layerOfV3({ squeezing, count }: BlocksV3): (name: string) => string {
  return (name) => {
    if (name === 'conv_1') return `features.${count + 1}.0`;
    if (name === 'conv_1_bn') return `features.${count + 1}.1`;
    const outside = outsideV3[name];
    if (outside !== undefined) return outside;
    const found =
      /^expanded_conv(?:_(\d+))?[_.](expand|depthwise|squeeze_excite|project)[_.]?(bn|BatchNorm|conv(?:_1)?)?$/.exec(
        name,
      );
    if (found === null) return name;
    const [, number = '0', part = '', kind] = found;
    const block = Number(number);
    const here = partsV3.filter(
      (each) =>
        (each !== 'expand' || block > 0) &&
        (each !== 'squeeze_excite' || squeezing.includes(block)),
    );
    const path = `features.${block + 1}.block.${here.indexOf(part)}`;
    if (part === 'squeeze_excite') return `${path}.${kind === 'conv_1' ? 'fc2' : 'fc1'}`;
    return `${path}.${kind === undefined ? 0 : 1}`;
  };
}

const own = {
  norm: /* @__PURE__ */ batchNormWith({ epsilon: 1e-3, momentum: 0.01 }),
  samePadding: true,
};

/** MobileNet of keras.applications, as `mobilenet_v1`; for images whose sides 32 divides. `alpha` is `widthMult`. */
export const mobilenet_v1Keras: KerasTwin<MobileNetV1Options> = {
  options: { ...own, activation: () => new ReLU6() },
  map: { names: /* @__PURE__ */ byLayer(layerOfV1) },
  preprocessing: fromMinusOnePreprocessing,
};

/** MobileNetV2 of keras.applications, as `mobilenet_v2`. `alpha` is `widthMult`. */
export const mobilenet_v2Keras: KerasTwin<MobileNetV2Options> = {
  options: {
    norm: /* @__PURE__ */ batchNormWith({ epsilon: 1e-3, momentum: 1e-3 }),
    samePadding: true,
  },
  map: { names: /* @__PURE__ */ byLayer(layerOfV2) },
  preprocessing: fromMinusOnePreprocessing,
};

const ofV3: { readonly options: MobileNetV3Options; readonly preprocessing: KerasPreprocessing } = {
  options: own,
  preprocessing: fromMinusOnePreprocessing,
};

/** MobileNetV3Small of keras.applications, as `mobilenet_v3_small`. `alpha` is `widthMult`. */
export const mobilenet_v3_smallKeras: KerasTwin<MobileNetV3Options> = {
  ...ofV3,
  map: {
    names: /* @__PURE__ */ byLayer(
      /* @__PURE__ */ layerOfV3({ squeezing: [0, 3, 4, 5, 6, 7, 8, 9, 10], count: 11 }),
    ),
  },
};

/** MobileNetV3Large of keras.applications, as `mobilenet_v3_large`. `alpha` is `widthMult`. */
export const mobilenet_v3_largeKeras: KerasTwin<MobileNetV3Options> = {
  ...ofV3,
  map: {
    names: /* @__PURE__ */ byLayer(
      /* @__PURE__ */ layerOfV3({ squeezing: [3, 4, 5, 10, 11, 12, 13, 14], count: 15 }),
    ),
  },
};
