import { Conv, ConvNormActivation, Module, Sequential } from '@convnet/layers';
import { concat, permute, reshape, type Tensor } from '@convnet/tensor-core';

/** What the network says of every anchor of N images. */
export interface AnchorOutputs {
  /** Logits of there being an object: [N, A], level by level, place by place. */
  readonly objectness: Tensor;
  /** Differences to the anchors: [N, A, 2d]. */
  readonly deltas: Tensor;
}

/**
 * At each place of each level, for each anchor: whether there is an object, and where. The head of Ren et al., "Faster
 * R-CNN", NIPS 2015, section 3.1.
 */
export class ProposalHead extends Module<[readonly Tensor[]], AnchorOutputs> {
  readonly dims: number;
  conv: Sequential;
  cls_logits: Conv;
  bbox_pred: Conv;

  /** @param convDepth 3x3 convolutions that all share. */
  constructor(dims: number, inChannels: number, anchorsPerPlace: number, convDepth = 1) {
    super();
    this.dims = dims;
    this.conv = new Sequential(
      Array.from(
        { length: convDepth },
        () => new ConvNormActivation(dims, inChannels, inChannels, 3, { norm: null }),
      ),
    );
    this.cls_logits = new Conv(dims, inChannels, anchorsPerPlace, 1);
    this.bbox_pred = new Conv(dims, inChannels, anchorsPerPlace * 2 * dims, 1);
  }

  override forward(levels: readonly Tensor[]): AnchorOutputs {
    const objectness: Tensor[] = [];
    const deltas: Tensor[] = [];
    for (const level of levels) {
      const shared = this.conv.forward(level);
      objectness.push(perAnchor(this.cls_logits.forward(shared), 1));
      deltas.push(perAnchor(this.bbox_pred.forward(shared), 2 * this.dims));
    }
    const scores = concat(objectness, 1);
    return {
      objectness: reshape(scores, scores.shape.slice(0, 2)),
      deltas: concat(deltas, 1),
    };
  }
}

/** [N, A k, …] -> [N, … A, k]: place by place, anchor by anchor. */
function perAnchor(x: Tensor, k: number): Tensor {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const rows = spatial.reduce((product, extent) => product * extent, channels / k);
  const last = permute(x, [0, ...spatial.map((_, i) => i + 2), 1]);
  return reshape(last, [batch, rows, k]);
}
