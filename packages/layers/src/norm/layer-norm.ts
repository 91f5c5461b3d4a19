import {
  aBoolean,
  aDevice,
  checkOptions,
  integersFrom,
  layerNorm,
  numberFrom,
  optionKinds,
  requireKind,
  rmsNorm,
  type Tensor,
} from '@convnet/tensor-core';

import { constant } from '../init/init.ts';
import { pythonTuple, pythonValue } from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

export interface LayerNormLayerOptions extends LayerOptions {
  /** Added to the variance, or to the mean square. Default 1e-5. */
  readonly epsilon?: number;
  /** Learns a scale, and for LayerNorm a shift, for each position. Default true. */
  readonly elementwiseAffine?: boolean;
}

function extents(layer: string, normalizedShape: number | readonly number[]): readonly number[] {
  requireKind(layer, 'normalizedShape', normalizedShape, integersFrom(1));
  return typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
}

const layerNormOptions = optionKinds<LayerNormLayerOptions>({
  epsilon: numberFrom(0, Infinity),
  elementwiseAffine: aBoolean,
  device: aDevice,
});

/** Normalises over the last axes, whose extents are `normalizedShape`. torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly epsilon: number;
  weight: Parameter | null;
  bias: Parameter | null;

  /** @throws ArgumentError for extents below 1. */
  constructor(normalizedShape: number | readonly number[], options: LayerNormLayerOptions = {}) {
    super();
    checkOptions('LayerNorm', options, layerNormOptions);
    const { device, elementwiseAffine = true, epsilon = 1e-5 } = options;
    const shape = extents('LayerNorm', normalizedShape);
    this.normalizedShape = shape;
    this.epsilon = epsilon;
    this.weight = elementwiseAffine ? new Parameter(shape, constant(1), device) : null;
    this.bias = elementwiseAffine ? new Parameter(shape, constant(0), device) : null;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, epsilon } = this;
    return layerNorm(x, this.normalizedShape, { weight, bias, epsilon });
  }

  override extraRepr(): string {
    return (
      `${pythonTuple(this.normalizedShape)}, eps=${pythonValue(this.epsilon)}, ` +
      `elementwise_affine=${pythonValue(this.weight !== null)}`
    );
  }
}

/** Divides by the root of the mean square over the last axes. torch.nn.RMSNorm. */
export class RMSNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly epsilon: number;
  weight: Parameter | null;

  /** @throws ArgumentError for extents below 1. */
  constructor(normalizedShape: number | readonly number[], options: LayerNormLayerOptions = {}) {
    super();
    checkOptions('RMSNorm', options, layerNormOptions);
    const { device, elementwiseAffine = true, epsilon = 1e-5 } = options;
    const shape = extents('RMSNorm', normalizedShape);
    this.normalizedShape = shape;
    this.epsilon = epsilon;
    this.weight = elementwiseAffine ? new Parameter(shape, constant(1), device) : null;
  }

  override forward(x: Tensor): Tensor {
    return rmsNorm(x, this.normalizedShape, { weight: this.weight, epsilon: this.epsilon });
  }

  override extraRepr(): string {
    return (
      `${pythonTuple(this.normalizedShape)}, eps=${pythonValue(this.epsilon)}, ` +
      `elementwise_affine=${pythonValue(this.weight !== null)}`
    );
  }
}
