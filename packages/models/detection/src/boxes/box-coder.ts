import { ArgumentError, integerFrom, numbers, requireKind } from '@convnet/tensor-core';

import { requireBoxes } from './boxes.ts';

/** The greatest logarithm of a ratio of sides: boxes grow to 62.5 times their reference at most. */
const mostLogarithm = Math.log(1000 / 16);

/**
 * Boxes as differences to reference boxes: the centres' distance over the reference's sides, and the logarithm of the ratio
 * of the sides. Girshick et al., "Rich feature hierarchies", CVPR 2014, appendix C. On the host; nothing is added to
 * widths.
 */
export class BoxCoder {
  /** Spatial axes. */
  readonly dims: number;
  readonly #weights: readonly number[];

  /**
   * @param weights that differences are multiplied with: of the centre on each axis, the last axis first, then of the sides,
   * such as [10, 10, 5, 5]
   */
  constructor(weights: readonly number[]) {
    requireKind('BoxCoder', 'weights', weights, numbers);
    if (weights.length === 0 || weights.length % 2 !== 0) {
      throw new ArgumentError(
        `BoxCoder: expected two weights for each axis, got ${String(weights)}`,
      );
    }
    this.dims = weights.length / 2;
    this.#weights = weights;
  }

  /**
   * Differences [N, 2d] that lead from `references` to `boxes`, row by row.
   * @throws ArgumentError for what are no such boxes.
   */
  encode(boxes: Float32Array, references: Float32Array): Float32Array<ArrayBuffer> {
    const { dims } = this;
    requireBoxes('BoxCoder.encode', 'boxes', boxes, dims);
    requireBoxes('BoxCoder.encode', 'references', references, dims, boxes.length);
    const deltas = new Float32Array(boxes.length);
    for (let row = 0; row < boxes.length; row += 2 * dims) {
      for (let axis = 0; axis < dims; axis++) {
        const at = row + axis;
        const side = references[at + dims]! - references[at]!;
        const centre = references[at]! + side / 2;
        const boxSide = boxes[at + dims]! - boxes[at]!;
        const boxCentre = boxes[at]! + boxSide / 2;
        deltas[at] = (this.#weights[axis]! * (boxCentre - centre)) / side;
        deltas[at + dims] = this.#weights[axis + dims]! * Math.log(boxSide / side);
      }
    }
    return deltas;
  }

  /**
   * The boxes that differences lead to. With `each` differences for a reference, as class-specific regression has, those of a
   * reference follow each other.
   * @throws ArgumentError for what are no such boxes.
   */
  decode(deltas: Float32Array, references: Float32Array, each = 1): Float32Array<ArrayBuffer> {
    const { dims } = this;
    const width = 2 * dims;
    requireKind('BoxCoder.decode', 'each', each, integerFrom(1));
    requireBoxes('BoxCoder.decode', 'deltas', deltas, dims);
    requireBoxes('BoxCoder.decode', 'references', references, dims, deltas.length / each);
    const boxes = new Float32Array(deltas.length);
    for (let row = 0; row < deltas.length; row += width) {
      const reference = Math.floor(row / width / each) * width;
      for (let axis = 0; axis < dims; axis++) {
        const from = reference + axis;
        const side = references[from + dims]! - references[from]!;
        const centre = references[from]! + side / 2;
        const at = row + axis;
        const moved = (deltas[at]! / this.#weights[axis]!) * side + centre;
        const logarithm = Math.min(deltas[at + dims]! / this.#weights[axis + dims]!, mostLogarithm);
        const half = (Math.exp(logarithm) * side) / 2;
        boxes[at] = moved - half;
        boxes[at + dims] = moved + half;
      }
    }
    return boxes;
  }
}
