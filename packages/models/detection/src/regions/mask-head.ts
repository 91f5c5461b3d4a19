import {
  Conv,
  ConvNormActivation,
  ConvTranspose,
  ReLU,
  Sequential,
  type Layer,
  type NormLayer,
} from '@convnet/layers';

/** What a mask is predicted with. */
export interface MaskLayers {
  readonly head: Layer;
  readonly predictor: Layer;
  readonly numClasses: number;
}

/** Four 3x3 convolutions over pooled regions. torchvision's MaskRCNNHeads. */
export class MaskHead extends Sequential {
  constructor(dims: number, inChannels: number, norm: NormLayer | null) {
    super(
      Array.from(
        { length: 4 },
        () => new ConvNormActivation(dims, inChannels, inChannels, 3, { norm }),
      ),
    );
  }
}

/** Logits of a mask for each class, of twice the extent: [K, C, …] -> [K, numClasses, …]. torchvision's MaskRCNNPredictor. */
export class MaskPredictor extends Sequential {
  constructor(dims: number, inChannels: number, numClasses: number) {
    super({
      conv5_mask: new ConvTranspose(dims, inChannels, inChannels, 2, { stride: 2 }),
      relu: new ReLU(),
      mask_fcn_logits: new Conv(dims, inChannels, numClasses, 1),
    });
  }
}
