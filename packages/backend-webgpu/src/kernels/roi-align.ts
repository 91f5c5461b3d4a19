import {
  elementCount,
  type Kernels,
  type Operand,
  type RoiAlignKernelOptions,
} from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { elementShader } from '../shader.ts';
import { allocate, quietNaN } from './kernel-support.ts';

/**
 * What both shaders know of regions. Parameters: count, inputs, channels, regions, spatial axes, height and width of the
 * features (height 1 in signals), bins along both, scale, samples along each axis of a bin (0: adaptive), aligned, NaN.
 */
const regions = `
struct Axis { begin: f32, bin: f32, samples: i32, extent: i32 }
struct Tap { low: i32, share: f32, counts: bool }
fn absent() -> Axis { return Axis(-0.5, 1.0, 1, 1); }
fn axis_of(low: f32, high: f32, bins: i32, extent: i32) -> Axis {
  let aligned = p[11] != 0;
  let shift = select(0.0, 0.5, aligned);
  let begin = low * pf(9) - shift;
  let given = high * pf(9) - shift - begin;
  let length = select(max(given, 1.0), given, aligned);
  let bin = length / f32(bins);
  var samples = p[10];
  if (samples == 0) {
    samples = max(i32(ceil(bin)), 0);
    // Division may be off by a bit: as many as reach over the length, no more.
    if (samples > 0 && f32((samples - 1) * bins) >= length) { samples--; }
  }
  if (!is_finite(begin) || !is_finite(bin)) { samples = 0; }
  return Axis(begin, bin, samples, extent);
}
fn columns_of(r: i32) -> Axis {
  let at = r * (1 + 2 * p[4]);
  return axis_of(rois[at + 1], rois[at + 1 + p[4]], p[8], p[6]);
}
fn rows_of(r: i32) -> Axis {
  if (p[4] == 1) { return absent(); }
  return axis_of(rois[r * 5 + 2], rois[r * 5 + 4], p[7], p[5]);
}
// Sample number s of all bins of an axis.
fn tap_of(a: Axis, s: i32) -> Tap {
  let bin = s / a.samples;
  let within = (f32(s - bin * a.samples) + 0.5) * a.bin / f32(a.samples);
  let position = a.begin + f32(bin) * a.bin + within;
  if (!(position >= -1.0 && position <= f32(a.extent))) { return Tap(0, 0.0, false); }
  let inside = max(position, 0.0);
  let low = i32(floor(inside));
  if (low >= a.extent - 1) { return Tap(a.extent - 1, 0.0, true); }
  return Tap(low, inside - f32(low), true);
}
fn samples_of(rows: Axis, columns: Axis) -> f32 { return f32(max(rows.samples * columns.samples, 1)); }`;

/** One invocation per bin of a channel. */
const pool = elementShader(
  'roiAlign',
  [
    { name: 'x', type: 'f32' },
    { name: 'rois', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `  let column = i % p[8];
  let row = i / p[8] % p[7];
  let channel = i / (p[8] * p[7]) % p[2];
  let r = i / (p[8] * p[7] * p[2]);
  let number = rois[r * (1 + 2 * p[4])];
  if (!(number >= 0.0 && number < f32(p[1]))) { y[i] = pf(12); return; }
  let plane = (i32(number) * p[2] + channel) * p[5] * p[6];
  let rows = rows_of(r);
  let columns = columns_of(r);
  var total = 0.0;
  for (var a = 0; a < rows.samples; a++) {
    let v = tap_of(rows, row * rows.samples + a);
    if (!v.counts) { continue; }
    for (var b = 0; b < columns.samples; b++) {
      let h = tap_of(columns, column * columns.samples + b);
      if (!h.counts) { continue; }
      let first = plane + v.low * p[6] + h.low;
      var above = x[first] * (1.0 - h.share);
      if (h.share != 0.0) { above += x[first + 1] * h.share; }
      total += above * (1.0 - v.share);
      if (v.share != 0.0) {
        var below = x[first + p[6]] * (1.0 - h.share);
        if (h.share != 0.0) { below += x[first + p[6] + 1] * h.share; }
        total += below * v.share;
      }
    }
  }
  y[i] = total / samples_of(rows, columns);`,
  regions,
);

/**
 * One invocation per element of the features, which adds up what samples of all regions read of it: nothing is added by
 * several at once, so that the sum is the same each time.
 */
const spread = elementShader(
  'roiAlignGrad',
  [
    { name: 'dy', type: 'f32' },
    { name: 'rois', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `  let x = i % p[6];
  let y = i / p[6] % p[5];
  let channel = i / (p[6] * p[5]) % p[2];
  let own = i / (p[6] * p[5] * p[2]);
  var total = 0.0;
  for (var r = 0; r < p[3]; r++) {
    if (i32(rois[r * (1 + 2 * p[4])]) != own) { continue; }
    let rows = rows_of(r);
    let vertical = near(rows, p[7], y);
    if (vertical.x > vertical.y) { continue; }
    let columns = columns_of(r);
    let horizontal = near(columns, p[8], x);
    let plane = (r * p[2] + channel) * p[7] * p[8];
    var sum = 0.0;
    for (var a = vertical.x; a <= vertical.y; a++) {
      let high = share_of(rows, a, y);
      if (high == 0.0) { continue; }
      let line = plane + a / rows.samples * p[8];
      for (var b = horizontal.x; b <= horizontal.y; b++) {
        let wide = share_of(columns, b, x);
        if (wide != 0.0) { sum += high * wide * dy[line + b / columns.samples]; }
      }
    }
    total += sum / samples_of(rows, columns);
  }
  dx[i] = total;`,
  `${regions}
// How much of element e sample number s reads.
fn share_of(a: Axis, s: i32, e: i32) -> f32 {
  let tap = tap_of(a, s);
  if (!tap.counts) { return 0.0; }
  if (e == tap.low) { return 1.0 - tap.share; }
  return select(0.0, tap.share, e == tap.low + 1);
}
// The first and the last sample that may read element e; those at the edge are read from outside too.
fn near(a: Axis, bins: i32, e: i32) -> vec2i {
  let last = a.samples * bins - 1;
  if (last < 0) { return vec2i(0, -1); }
  let step = a.bin / f32(a.samples);
  if (!(step > 0.0)) { return vec2i(0, last); }
  let least = select(f32(e - 1), -1.0, e == 0);
  let greatest = select(f32(e + 1), f32(a.extent), e == a.extent - 1);
  let low = clamp(floor((least - a.begin) / step - 0.5) - 1.0, 0.0, f32(last));
  let high = clamp(ceil((greatest - a.begin) / step - 0.5) + 1.0, 0.0, f32(last));
  return vec2i(i32(low), i32(high));
}`,
);

function parameters(
  count: number,
  rois: Operand,
  features: readonly number[],
  bins: readonly number[],
  { spatialScale, samplingRatio, aligned }: RoiAlignKernelOptions,
): Parameters {
  const dims = features.length - 2;
  const plane = (shape: readonly number[]): readonly number[] =>
    dims === 1 ? [1, shape[2]!] : shape.slice(2);
  return [
    count,
    features[0]!,
    features[1]!,
    rois.shape[0]!,
    dims,
    ...plane(features),
    ...plane(bins),
    float(spatialScale),
    samplingRatio,
    Number(aligned),
    quietNaN,
  ];
}

export function roiAlignKernels(sink: CommandSink): Pick<Kernels, 'roiAlign' | 'roiAlignGrad'> {
  return {
    roiAlign(x, rois, options, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      sink.dispatch(
        pool,
        parameters(count, rois, x.shape, out.shape, options),
        [memoryOf(x), memoryOf(rois), result.memory],
        count,
      );
      return result;
    },

    roiAlignGrad(dy, rois, options, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      sink.dispatch(
        spread,
        parameters(count, rois, out.shape, dy.shape, options),
        [memoryOf(dy), memoryOf(rois), result.memory],
        count,
      );
      return result;
    },
  };
}
