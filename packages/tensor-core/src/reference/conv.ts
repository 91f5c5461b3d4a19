import type { ConvGeometry, Kernels } from '../backend.ts';
import { contiguousStrides, elementCount } from '../shape.ts';
import { withEpilogue } from './epilogue.ts';
import { bufferOf, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

/** Shapes of the three tensors that a convolution ties together. */
interface ConvShapes {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly output: readonly number[];
}

/**
 * Calls `visit` with the flat positions of every product that the convolution sums: input x weight goes
 * to output. Forward and both gradients are this one list, read three ways.
 */
function forEachProduct(
  { input, weight, output }: ConvShapes,
  geometry: ConvGeometry,
  visit: (x: number, w: number, y: number) => void,
): void {
  const inputStrides = contiguousStrides(input);
  const perGroup = weight[1]!;
  const outputsPerGroup = weight[0]! / geometry.groups;
  const taps = weight.slice(2);
  const tapCount = taps.reduce((product, extent) => product * extent, 1);
  forEachPosition(output, (position, y) => {
    const channel = position[1]!;
    const group = Math.floor(channel / outputsPerGroup);
    forEachPosition(taps, (tap, t) => {
      let place = position[0]! * inputStrides[0]!;
      for (let axis = 0; axis < tap.length; axis++) {
        const p =
          position[axis + 2]! * geometry.stride[axis]! -
          geometry.padBegin[axis]! +
          tap[axis]! * geometry.dilation[axis]!;
        if (p < 0 || p >= input[axis + 2]!) return;
        place += p * inputStrides[axis + 2]!;
      }
      for (let c = 0; c < perGroup; c++) {
        const x = place + (group * perGroup + c) * inputStrides[1]!;
        visit(x, (channel * perGroup + c) * tapCount + t, y);
      }
    });
  });
}

export const convKernels: Pick<Kernels, 'conv' | 'fusedConv' | 'convInputGrad' | 'convWeightGrad'> =
  {
    fusedConv(x, weight, bias, geometry, epilogue, out) {
      return withEpilogue(this.conv(x, weight, bias, geometry, out), epilogue, out);
    },

    conv(x, weight, bias, geometry, out) {
      const totals = new Float64Array(elementCount(out.shape));
      if (bias) {
        const added = valuesOf(bias);
        forEachPosition(out.shape, (position, flat) => {
          totals[flat] = added[position[1]!]!;
        });
      }
      const inputs = valuesOf(x);
      const weights = valuesOf(weight);
      const shapes = { input: x.shape, weight: weight.shape, output: out.shape };
      forEachProduct(shapes, geometry, (i, w, o) => {
        totals[o]! += inputs[i]! * weights[w]!;
      });
      const values = valuesFor(out);
      values.set(totals);
      return bufferOf(values);
    },

    convInputGrad(dy, weight, geometry, out) {
      const totals = new Float64Array(elementCount(out.shape));
      const gradients = valuesOf(dy);
      const weights = valuesOf(weight);
      const shapes = { input: out.shape, weight: weight.shape, output: dy.shape };
      forEachProduct(shapes, geometry, (i, w, o) => {
        totals[i]! += gradients[o]! * weights[w]!;
      });
      const values = valuesFor(out);
      values.set(totals);
      return bufferOf(values);
    },

    convWeightGrad(x, dy, geometry, out) {
      const totals = new Float64Array(elementCount(out.shape));
      const inputs = valuesOf(x);
      const gradients = valuesOf(dy);
      const shapes = { input: x.shape, weight: out.shape, output: dy.shape };
      forEachProduct(shapes, geometry, (i, w, o) => {
        totals[w]! += inputs[i]! * gradients[o]!;
      });
      const values = valuesFor(out);
      values.set(totals);
      return bufferOf(values);
    },
  };
