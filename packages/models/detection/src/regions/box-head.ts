import {
  ConvNormActivation,
  Flatten,
  Linear,
  Module,
  ReLU,
  Sequential,
  type Layer,
  type NormLayer,
} from '@convnet/layers';
import { flatten, relu, type Tensor } from '@convnet/tensor-core';

/** Two linear layers over the bins of a region. torchvision's TwoMLPHead. */
export class TwoLayerHead extends Module {
  fc6: Linear;
  fc7: Linear;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.fc6 = new Linear(inFeatures, outFeatures);
    this.fc7 = new Linear(outFeatures, outFeatures);
  }

  override forward(x: Tensor): Tensor {
    return relu(this.fc7.forward(relu(this.fc6.forward(flatten(x, 1)))));
  }
}

/**
 * Four 3x3 convolutions and a linear layer over the bins of a region. Wu and He, "Group Normalization", ECCV 2018, section
 * 4.2. torchvision's FastRCNNConvFCHead.
 */
export class ConvHead extends Sequential {
  constructor(
    dims: number,
    inChannels: number,
    size: number,
    { norm, outFeatures = 1024 }: { readonly norm: NormLayer; readonly outFeatures?: number },
  ) {
    const convolution = (): Layer =>
      new ConvNormActivation(dims, inChannels, inChannels, 3, { norm });
    super([
      ...Array.from({ length: 4 }, convolution),
      new Flatten(),
      new Linear(inChannels * size ** dims, outFeatures),
      new ReLU(),
    ]);
  }
}

/** What is said of each region. */
export interface RegionOutputs {
  /** Logits of the classes, of which 0 is the background: [K, numClasses]. */
  readonly logits: Tensor;
  /** Differences for each class: [K, numClasses * 2d]. */
  readonly deltas: Tensor;
}

/** Class and place of each region. torchvision's FastRCNNPredictor. */
export class BoxPredictor extends Module<[Tensor], RegionOutputs> {
  cls_score: Linear;
  bbox_pred: Linear;

  constructor(dims: number, inFeatures: number, numClasses: number) {
    super();
    this.cls_score = new Linear(inFeatures, numClasses);
    this.bbox_pred = new Linear(inFeatures, numClasses * 2 * dims);
  }

  override forward(x: Tensor): RegionOutputs {
    return { logits: this.cls_score.forward(x), deltas: this.bbox_pred.forward(x) };
  }
}
