import { constant, Conv, ConvNormActivation, Linear, xavierUniform } from '@convnet/layers';
import type { AnyModule, WeightRules } from '@convnet/layers';

/**
 * Convolution over as many samples as there are, batch norm, ReLU: [N, inChannels, L] -> [N, outChannels, L]. An even
 * kernel reaches one sample further to the right than to the left, as in TensorFlow.
 */
export function convBlock(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
): ConvNormActivation {
  return new ConvNormActivation(1, inChannels, outChannels, kernelSize, { padding: 'same' });
}

/** As `convBlock`, without ReLU: what ends before a sum. */
export function convNorm(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
): ConvNormActivation {
  return new ConvNormActivation(1, inChannels, outChannels, kernelSize, {
    padding: 'same',
    activation: null,
  });
}

/** First values as in Keras, with which the papers' numbers were found: Glorot's uniform ones, and no biases. */
export function kerasRules(layer: AnyModule): WeightRules {
  if (layer instanceof Conv) return { weight: xavierUniform() };
  return layer instanceof Linear ? { weight: xavierUniform(), bias: constant(0) } : {};
}
