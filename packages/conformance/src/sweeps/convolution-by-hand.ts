import { elementCount, type ConvGeometry } from '@convnet/tensor-core';
/** x [N, C, …], weight [O, C / groups, k…] and dy [N, O, …], by rows. */
export interface Convolved {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly geometry: ConvGeometry;
}

/** [N, O, …]. */
export function outputShape({ input, weight, geometry }: Convolved): number[] {
  const spatial = input.slice(2).map((extent, axis) => {
    const padded = extent + geometry.padBegin[axis]! + geometry.padEnd[axis]!;
    const reach = geometry.dilation[axis]! * (weight[axis + 2]! - 1) + 1;
    return Math.floor((padded - reach) / geometry.stride[axis]!) + 1;
  });
  return [input[0]!, weight[0]!, ...spatial];
}

/** For each axis of three, the leading ones of one position, the pairs of output and tap with the input they meet. */
function meetings(c: Convolved, output: readonly number[]): [o: number, t: number, i: number][][] {
  const { geometry, input, weight } = c;
  const dims = input.length - 2;
  return [0, 1, 2].map((place) => {
    const axis = place - 3 + dims;
    if (axis < 0) return [[0, 0, 0]];
    const pairs: [number, number, number][] = [];
    for (let o = 0; o < output[axis + 2]!; o++) {
      for (let t = 0; t < weight[axis + 2]!; t++) {
        const i =
          o * geometry.stride[axis]! - geometry.padBegin[axis]! + t * geometry.dilation[axis]!;
        if (i >= 0 && i < input[axis + 2]!) pairs.push([o, t, i]);
      }
    }
    return pairs;
  });
}

function threeExtents(shape: readonly number[]): [number, number, number] {
  const [d, h, w] = [1, 1, 1, ...shape.slice(2)].slice(-3);
  return [d!, h!, w!];
}

/** A convolution and its two gradients: the same products, added up in three ways. */
export function convolveByHand(
  c: Convolved,
  x: Float32Array,
  weight: Float32Array,
  dy: Float32Array,
): { y: Float32Array; dx: Float32Array; dweight: Float32Array } {
  const output = outputShape(c);
  const [depths, heights, widths] = meetings(c, output);
  const [, inputHeight, inputWidth] = threeExtents(c.input);
  const [, tapHeight, tapWidth] = threeExtents(c.weight);
  const [, outputHeight, outputWidth] = threeExtents(output);
  const inputs = elementCount(c.input.slice(2));
  const taps = elementCount(c.weight.slice(2));
  const outputs = elementCount(output.slice(2));
  const channels = c.input[1]!;
  const perGroup = c.weight[1]!;
  const outputsPerGroup = c.weight[0]! / c.geometry.groups;
  const y = new Float32Array(elementCount(output));
  const dx = new Float32Array(x.length);
  const dweight = new Float32Array(weight.length);
  for (const [od, td, id] of depths!) {
    for (const [oh, th, ih] of heights!) {
      for (const [ow, tw, iw] of widths!) {
        const at = (od * outputHeight + oh) * outputWidth + ow;
        const tap = (td * tapHeight + th) * tapWidth + tw;
        const place = (id * inputHeight + ih) * inputWidth + iw;
        for (let n = 0; n < c.input[0]!; n++) {
          for (let o = 0; o < c.weight[0]!; o++) {
            const group = Math.floor(o / outputsPerGroup);
            const to = (n * c.weight[0]! + o) * outputs + at;
            let from = (n * channels + group * perGroup) * inputs + place;
            let w = o * perGroup * taps + tap;
            const g = dy[to]!;
            let sum = 0;
            for (let k = 0; k < perGroup; k++) {
              sum += x[from]! * weight[w]!;
              dx[from]! += g * weight[w]!;
              dweight[w]! += g * x[from]!;
              from += inputs;
              w += taps;
            }
            y[to]! += sum;
          }
        }
      }
    }
  }
  return { y, dx, dweight };
}
