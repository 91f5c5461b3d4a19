import { elementCount, type ConvGeometry, type Kernels } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, groupShader } from '../shader.ts';
import { allocate, positionsOf, spatialExtents, threeAxes } from './kernel-support.ts';

/** Names for the parameters that all three kernels share, behind the count. */
const geometryNames = `
  let channels = p[1]; let outputs = p[2]; let per_group = p[3]; let outputs_per_group = p[4];
  let input = vec3i(p[5], p[6], p[7]);
  let output = vec3i(p[8], p[9], p[10]);
  let taps = vec3i(p[11], p[12], p[13]);
  let stride = vec3i(p[14], p[15], p[16]);
  let pad = vec3i(p[17], p[18], p[19]);
  let dilation = vec3i(p[20], p[21], p[22]);
  let batch = p[23];`;

function geometryParameters(
  input: readonly number[],
  weight: readonly number[],
  output: readonly number[],
  geometry: ConvGeometry,
): number[] {
  return [
    input[1]!,
    weight[0]!,
    weight[1]!,
    weight[0]! / geometry.groups,
    ...spatialExtents(input),
    ...spatialExtents(output),
    ...spatialExtents(weight),
    ...threeAxes(geometry.stride, 1),
    ...threeAxes(geometry.padBegin, 0),
    ...threeAxes(geometry.dilation, 1),
    input[0]!,
  ];
}

/** The position of tensor element `i` of [N, C, d, h, w]. */
const unravel = (extents: string, channels: string): string => `
  let w = i % ${extents}.z;
  let h = (i / ${extents}.z) % ${extents}.y;
  let d = (i / (${extents}.z * ${extents}.y)) % ${extents}.x;
  let plane = i / (${extents}.z * ${extents}.y * ${extents}.x);
  let c = plane % ${channels};
  let n = plane / ${channels};`;

const forward = elementShader(
  'conv forward',
  [
    { name: 'x', type: 'f32' },
    { name: 'weight', type: 'f32' },
    { name: 'bias', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `${geometryNames}${unravel('output', 'outputs')}
  let group = c / outputs_per_group;
  let first = vec3i(d, h, w) * stride - pad;
  var sum = 0.0;
  for (var k = 0; k < per_group; k++) {
    let source = (n * channels + group * per_group + k) * input.x;
    let filter_at = (c * per_group + k) * taps.x;
    for (var a = 0; a < taps.x; a++) {
      let za = first.x + a * dilation.x;
      if (za < 0 || za >= input.x) { continue; }
      for (var b = 0; b < taps.y; b++) {
        let zb = first.y + b * dilation.y;
        if (zb < 0 || zb >= input.y) { continue; }
        let row = ((source + za) * input.y + zb) * input.z;
        let weights = ((filter_at + a) * taps.y + b) * taps.z;
        for (var t = 0; t < taps.z; t++) {
          let zt = first.z + t * dilation.z;
          if (zt >= 0 && zt < input.z) { sum += x[row + zt] * weight[weights + t]; }
        }
      }
    }
  }
  if (p[24] != 0) { sum += bias[c]; }
  y[i] = sum;`,
);

const inputGradient = elementShader(
  'conv inputGradient',
  [
    { name: 'dy', type: 'f32' },
    { name: 'weight', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `${geometryNames}${unravel('input', 'channels')}
  let group = c / per_group;
  let k = c % per_group;
  var sum = 0.0;
  for (var a = 0; a < taps.x; a++) {
    let ra = d + pad.x - a * dilation.x;
    if (ra < 0 || ra % stride.x != 0 || ra / stride.x >= output.x) { continue; }
    for (var b = 0; b < taps.y; b++) {
      let rb = h + pad.y - b * dilation.y;
      if (rb < 0 || rb % stride.y != 0 || rb / stride.y >= output.y) { continue; }
      for (var t = 0; t < taps.z; t++) {
        let rt = w + pad.z - t * dilation.z;
        if (rt < 0 || rt % stride.z != 0 || rt / stride.z >= output.z) { continue; }
        for (var j = 0; j < outputs_per_group; j++) {
          let o = group * outputs_per_group + j;
          let at = (((n * outputs + o) * output.x + ra / stride.x) * output.y + rb / stride.y) * output.z + rt / stride.z;
          sum += dy[at] * weight[(((o * per_group + k) * taps.x + a) * taps.y + b) * taps.z + t];
        }
      }
    }
  }
  dx[i] = sum;`,
);

const weightBindings = [
  { name: 'x', type: 'f32' },
  { name: 'dy', type: 'f32' },
  { name: 'dw', type: 'f32', writes: true },
] as const;

/** Sums the products of weight `i` from product `first` on, in steps. */
const weightSum = (first: string, step: string): string => `${geometryNames}
  let t = i % taps.z;
  let b = (i / taps.z) % taps.y;
  let a = (i / (taps.z * taps.y)) % taps.x;
  let plane = i / (taps.z * taps.y * taps.x);
  let k = plane % per_group;
  let o = plane / per_group;
  let source_channel = o / outputs_per_group * per_group + k;
  let positions = output.x * output.y * output.z;
  var sum = 0.0;
  for (var j = ${first}; j < batch * positions; j += ${step}) {
    let n = j / positions;
    let at = j % positions;
    let z = vec3i(at / (output.y * output.z), (at / output.z) % output.y, at % output.z) * stride - pad
      + vec3i(a, b, t) * dilation;
    if (all(z >= vec3i(0)) && all(z < input)) {
      sum += x[((n * channels + source_channel) * input.x + z.x) * input.y * input.z + z.y * input.z + z.z]
        * dy[(n * outputs + o) * positions + at];
    }
  }`;

/** A weight to a workgroup where it sums many products, to an invocation where it sums few. */
const weightGradient = {
  many: groupShader(
    'conv weightGradient many',
    weightBindings,
    `${weightSum('select(2147483647, lane, inside)', '64')}
  let result = total(sum);
  if (inside && lane == 0) { dw[i] = result; }`,
  ),
  few: elementShader(
    'conv weightGradient few',
    weightBindings,
    `${weightSum('0', '1')}\n  dw[i] = sum;`,
  ),
};

/** Products of one weight from which a workgroup pays. */
const manyProducts = 512;

export function convKernels(
  sink: CommandSink,
): Pick<Kernels, 'conv' | 'convInputGrad' | 'convWeightGrad'> {
  return {
    conv(x, weight, bias, geometry, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      sink.dispatch(
        forward,
        [
          count,
          ...geometryParameters(x.shape, weight.shape, out.shape, geometry),
          bias === null ? 0 : 1,
        ],
        [memoryOf(x), memoryOf(weight), memoryOf(bias ?? weight), result.memory],
        count,
      );
      return result;
    },

    convInputGrad(dy, weight, geometry, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      sink.dispatch(
        inputGradient,
        [count, ...geometryParameters(out.shape, weight.shape, dy.shape, geometry)],
        [memoryOf(dy), memoryOf(weight), result.memory],
        count,
      );
      return result;
    },

    convWeightGrad(x, dy, geometry, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      const parameters = [count, ...geometryParameters(x.shape, out.shape, dy.shape, geometry)];
      const buffers = [memoryOf(x), memoryOf(dy), result.memory];
      if (dy.shape[0]! * positionsOf(dy.shape) < manyProducts) {
        sink.dispatch(weightGradient.few, parameters, buffers, count);
      } else {
        sink.dispatchGroups(weightGradient.many, parameters, buffers, count);
      }
      return result;
    },
  };
}
