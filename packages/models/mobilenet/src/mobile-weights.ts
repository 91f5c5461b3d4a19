import {
  constant,
  Conv,
  kaimingNormal,
  Linear,
  normal,
  type AnyModule,
  type WeightRules,
} from '@convnet/layers';

/** The first values of all MobileNets, as torchvision has them. */
export function mobileWeights(layer: AnyModule): WeightRules {
  if (layer instanceof Conv) {
    return { weight: kaimingNormal({ mode: 'out' }), bias: constant(0) };
  }
  if (layer instanceof Linear) return { weight: normal(0, 0.01), bias: constant(0) };
  return {};
}
