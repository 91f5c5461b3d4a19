import { requireCount } from '../layer-support.ts';
import {
  aDevice,
  aFunction,
  checkOptions,
  mul,
  optionKinds,
  type Tensor,
} from '@convnet/tensor-core';

import { ReLU, Sigmoid } from '../activation/activation.ts';
import type { ActivationLayer } from './conv-norm-activation.ts';
import { Conv } from '../conv/conv.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { AdaptiveAvgPool } from '../pool/pool.ts';
import type { Layer } from '../module/module.ts';

export interface SqueezeExcitationOptions extends LayerOptions {
  /** Between the two convolutions. Default: ReLU. */
  readonly activation?: ActivationLayer;
  /** Makes the factors of the channels. Default: sigmoid. */
  readonly scaleActivation?: ActivationLayer;
}

const squeezeExcitationOptions = optionKinds<SqueezeExcitationOptions>({
  activation: aFunction,
  scaleActivation: aFunction,
  device: aDevice,
});

/**
 * Scales each channel of [N, channels, …] by a factor that depends on the means of all of them. Hu et al.,
 * "Squeeze-and-Excitation Networks", CVPR 2018, fig. 1. torchvision.ops.SqueezeExcitation.
 */
export class SqueezeExcitation extends Module {
  avgpool: AdaptiveAvgPool;
  fc1: Conv;
  fc2: Conv;
  activation: Layer;
  scale_activation: Layer;

  /** @throws ArgumentError for counts below 1. */
  constructor(
    dims: number,
    channels: number,
    squeezeChannels: number,
    options: SqueezeExcitationOptions = {},
  ) {
    super();
    checkOptions('SqueezeExcitation', options, squeezeExcitationOptions);
    requireCount('SqueezeExcitation', 'channels', channels);
    requireCount('SqueezeExcitation', 'squeezeChannels', squeezeChannels);
    const {
      activation = () => new ReLU(),
      scaleActivation = () => new Sigmoid(),
      ...layerOptions
    } = options;
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.fc1 = new Conv(dims, channels, squeezeChannels, 1, layerOptions);
    this.fc2 = new Conv(dims, squeezeChannels, channels, 1, layerOptions);
    this.activation = activation();
    this.scale_activation = scaleActivation();
  }

  override forward(x: Tensor): Tensor {
    const squeezed = this.activation.forward(this.fc1.forward(this.avgpool.forward(x)));
    return mul(x, this.scale_activation.forward(this.fc2.forward(squeezed)));
  }
}
