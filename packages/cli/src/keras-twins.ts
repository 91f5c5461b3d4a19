import { densenetKeras } from '@convnet/densenet';
import { efficientnet_v2_sKeras, efficientnetKeras } from '@convnet/efficientnet';
import { inception_v3Keras } from '@convnet/inception';
import type { AnyModule, KerasTwin } from '@convnet/layers';
import {
  mobilenet_v1Keras,
  mobilenet_v2Keras,
  mobilenet_v3_largeKeras,
  mobilenet_v3_smallKeras,
} from '@convnet/mobilenet';
import { resnetKeras } from '@convnet/resnet';
import { assign, flip, noGrad, scope, type Tensor } from '@convnet/tensor-core';
import { vgg16Keras, vgg19Keras } from '@convnet/vgg';
import { loadWeights } from '@convnet/weights';

import type { ImagePreprocessing } from './data/preprocessing.ts';
import { CliError } from './errors.ts';

/** Of a twin, what the command line needs: its options are those of its own builder. */
type Twin = Pick<KerasTwin<object>, 'options' | 'map' | 'preprocessing'>;

/** The networks of keras.applications that are here too, by the names of their builders. */
const twins: Readonly<Record<string, Twin>> = {
  vgg16: vgg16Keras,
  vgg19: vgg19Keras,
  resnet50: resnetKeras,
  resnet101: resnetKeras,
  resnet152: resnetKeras,
  densenet121: densenetKeras,
  densenet169: densenetKeras,
  densenet201: densenetKeras,
  mobilenet_v1: mobilenet_v1Keras,
  mobilenet_v2: mobilenet_v2Keras,
  mobilenet_v3_small: mobilenet_v3_smallKeras,
  mobilenet_v3_large: mobilenet_v3_largeKeras,
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`efficientnet_b${i}`, efficientnetKeras]),
  ),
  efficientnet_v2_s: efficientnet_v2_sKeras,
  inception_v3: inception_v3Keras,
};

/**
 * How a network becomes that of keras.applications.
 * @throws CliError where there is none that computes the same.
 */
export function kerasTwin(architecture: string): Twin {
  const found = twins[architecture];
  if (found !== undefined) return found;
  throw new CliError(
    `Keras has no network that computes what ${architecture} does; its weights begin ${Object.keys(twins).join(', ')}`,
  );
}

/** How pictures are brought to what the network of Keras saw, red first as everywhere here. */
export function kerasPictures(architecture: string, size: number): ImagePreprocessing {
  const { scale, mean, std, channels } = kerasTwin(architecture).preprocessing;
  // (x scale - mean) / std of 0 to 255 as (x / 255 - mean') / std'.
  const perByte = (values: readonly number[]): readonly number[] =>
    (channels === 'BGR' ? values.toReversed() : values).map((value) => value / (scale * 255));
  return { kind: 'image', size, mean: perByte(mean), std: perByte(std) };
}

/** Loads weights of Keras into all but the head of a network that was built as its twin; it then sees pictures red first. */
export async function loadKerasWeights(
  model: AnyModule,
  architecture: string,
  path: string,
): Promise<void> {
  const { map, preprocessing } = kerasTwin(architecture);
  await loadWeights(model, path, { map, head: false });
  if (preprocessing.channels === 'RGB') return;
  const first = firstOfColours(model);
  noGrad(() => scope(() => assign(first, flip(first, 1))));
}

/** The weights of the layer that sees the picture. */
function firstOfColours(model: AnyModule): Tensor {
  for (const parameter of model.parameters()) {
    if (parameter.rank === 4 && parameter.shape[1] === 3) return parameter;
  }
  throw new CliError('expected a network that begins with a convolution of three colours');
}
