import { Conv, ConvTranspose, Module, ReLU, Sequential, type Layer } from '@convnet/layers';
import { interpolate, type Tensor } from '@convnet/tensor-core';

/** Channels of torchvision's head. */
export const keypointChannels = 512;

/** Eight 3x3 convolutions over pooled regions. torchvision's KeypointRCNNHeads. */
export class KeypointHead extends Sequential {
  constructor(dims: number, inChannels: number, width: number = keypointChannels) {
    super(
      Array.from({ length: 8 }, (_, i): Layer[] => [
        new Conv(dims, i === 0 ? inChannels : width, width, 3, { padding: 1 }),
        new ReLU(),
      ]).flat(),
    );
  }
}

/**
 * A map of logits for each keypoint, of four times the extent: [K, width, …] -> [K, numKeypoints, …]. torchvision's
 * KeypointRCNNPredictor.
 */
export class KeypointPredictor extends Module {
  kps_score_lowres: ConvTranspose;

  constructor(dims: number, numKeypoints: number, width: number = keypointChannels) {
    super();
    this.kps_score_lowres = new ConvTranspose(dims, width, numKeypoints, 4, {
      stride: 2,
      padding: 1,
    });
  }

  override forward(x: Tensor): Tensor {
    return interpolate(this.kps_score_lowres.forward(x), { scaleFactor: 2, mode: 'linear' });
  }
}

/** What keypoints are predicted with. */
export interface KeypointLayers {
  readonly head: Layer;
  readonly predictor: Layer;
}
