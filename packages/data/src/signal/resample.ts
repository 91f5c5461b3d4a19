import { aFloat32Array } from '../kinds.ts';
import {
  anyNumber,
  checkOptions,
  formatValue,
  optionKinds,
  integerFrom,
  requireKind,
} from '@convnet/tensor-core';

import { ResampleError } from '../errors.ts';

/** Options of `resample` and `createResampler`. */
export interface ResampleOptions {
  /** How far aliases and images are pushed down, in decibels; default 80. */
  readonly attenuation?: number;
  /**
   * Zero crossings of the sinc on each side; default 24. More make the band between pass and stop
   * narrower: it takes about (attenuation - 8) / (14.4 · zeroCrossings) of the lower Nyquist frequency.
   */
  readonly zeroCrossings?: number;
}

const resampleOptions = optionKinds<ResampleOptions>({
  attenuation: anyNumber,
  zeroCrossings: anyNumber,
});

/** What no recorder goes beyond, in hertz. */
const greatestRate = 2 ** 32;
/** 256 MiB of them. */
const mostTaps = 2 ** 26;

/** Modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Kaiser's window shape for a stopband attenuation in decibels. */
function kaiserBeta(attenuation: number): number {
  if (attenuation > 50) return 0.1102 * (attenuation - 8.7);
  if (attenuation > 21) return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21);
  return 0;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

interface PolyphaseFilter {
  /** Output samples per repetition of the pattern, and the input samples that it moves on by. */
  readonly up: number;
  readonly down: number;
  /** Input samples on each side of an output sample that it depends on. */
  readonly halfWidth: number;
  /** Taps of each of the `up` phases, 2 · halfWidth each. */
  readonly taps: Float32Array;
}

function designFilter(up: number, down: number, options: ResampleOptions): PolyphaseFilter {
  const { attenuation = 80, zeroCrossings = 24 } = options;
  if (!(attenuation >= 21) || !Number.isInteger(zeroCrossings) || zeroCrossings < 1) {
    throw new ResampleError(
      `resample: expected an attenuation from 21 dB and whole zeroCrossings from 1, got ${attenuation} ` +
        `and ${zeroCrossings}`,
    );
  }
  // Frequencies are fractions of the input's Nyquist frequency. The transition band of Kaiser's design
  // ends at the lower of the two Nyquist frequencies, so that nothing above it is folded back.
  const limit = Math.min(1, up / down);
  const halfWidth = Math.ceil(zeroCrossings / limit);
  const transition = (attenuation - 7.95) / (2.285 * 2 * halfWidth * Math.PI);
  const cutoff = limit - transition / 2;
  if (cutoff <= 0) {
    throw new ResampleError(
      `resample: ${zeroCrossings} zero crossings are too few for ${attenuation} dB: raise zeroCrossings`,
    );
  }
  const beta = kaiserBeta(attenuation);
  const count = up * 2 * halfWidth;
  if (count > mostTaps) {
    throw new ResampleError(
      `resample: expected rates and zeroCrossings that a filter of at most ${mostTaps} taps serves, got ` +
        `${up} to ${down} and ${zeroCrossings}: the rates have too small a common divisor`,
    );
  }
  const taps = new Float32Array(count);
  for (let phase = 0; phase < up; phase++) {
    const start = phase * 2 * halfWidth;
    let sum = 0;
    for (let tap = 0; tap < 2 * halfWidth; tap++) {
      const distance = tap - halfWidth + 1 - phase / up;
      const ratio = distance / halfWidth;
      const window =
        Math.abs(ratio) >= 1 ? 0 : besselI0(beta * Math.sqrt(1 - ratio * ratio)) / besselI0(beta);
      const angle = Math.PI * cutoff * distance;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      taps[start + tap] = cutoff * sinc * window;
      sum += taps[start + tap]!;
    }
    // Every phase passes a constant unchanged.
    for (let tap = 0; tap < 2 * halfWidth; tap++) taps[start + tap]! /= sum;
  }
  return { up, down, halfWidth, taps };
}

/**
 * Brings a signal from one sample rate to another: a linear-phase low-pass of Kaiser-windowed sincs,
 * evaluated only at the output times. Sample 0 keeps its time, the result has
 * ceil(length · toRate / fromRate) samples, and beyond its ends the signal counts as 0.
 *
 * Sources: J. O. Smith, "Digital Audio Resampling" (windowed sinc); R. Crochiere and L. Rabiner,
 * "Multirate Digital Signal Processing", 1983 (polyphase form); J. Kaiser, "Nonrecursive digital filter
 * design using the I0-sinh window function", 1974 (window and transition width).
 *
 * @param fromRate whole samples per second of `samples`.
 * @param toRate whole samples per second of the result.
 * @throws ResampleError on rates or options outside their range.
 */
export function resample(
  samples: Float32Array,
  fromRate: number,
  toRate: number,
  options: ResampleOptions = {},
): Float32Array<ArrayBuffer> {
  requireKind('resample', 'samples', samples, aFloat32Array);
  return createResampler(fromRate, toRate, options)(samples);
}

/**
 * Resamples `samples`, or only the piece whose first sample has the time of input sample `start` and which
 * has `length` samples in the new rate. A piece is equal to the same piece of the whole.
 */
export type Resampler = (
  samples: Float32Array,
  piece?: { readonly start: number; readonly length: number },
) => Float32Array<ArrayBuffer>;

const pieceOptions = optionKinds<{ readonly start: number; readonly length: number }>({
  start: integerFrom(0),
  // 1 GiB of them.
  length: integerFrom(0, 2 ** 28),
});

/** `resample` for many signals with the same rates: the filter is designed once. */
export function createResampler(
  fromRate: number,
  toRate: number,
  options: ResampleOptions = {},
): Resampler {
  checkOptions('resample', options, resampleOptions);
  for (const [name, rate] of Object.entries({ fromRate, toRate })) {
    if (!Number.isSafeInteger(rate) || rate < 1 || rate > greatestRate) {
      throw new ResampleError(
        `resample: expected ${name} in whole hertz from 1 to ${greatestRate}, got ${formatValue(rate)}`,
      );
    }
  }
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const [up, down] = [toRate / divisor, fromRate / divisor];
  const filter = up === down ? passThrough : designFilter(up, down, options);
  return (samples, piece) => {
    requireKind('resample', 'samples', samples, aFloat32Array);
    if (piece !== undefined) {
      checkOptions('resample: piece', piece, pieceOptions, ['start', 'length']);
    }
    const { start, length } = piece ?? {
      start: 0,
      length: Math.ceil((samples.length * up) / down),
    };
    return applyFilter(filter, samples, start, length);
  };
}

const passThrough: PolyphaseFilter = {
  up: 1,
  down: 1,
  halfWidth: 1,
  taps: Float32Array.of(1, 0),
};

function applyFilter(
  { up, down, halfWidth, taps }: PolyphaseFilter,
  samples: Float32Array,
  start: number,
  length: number,
): Float32Array<ArrayBuffer> {
  const width = 2 * halfWidth;
  // A copy with zeros where the signal ends spares the inner loop a test.
  const span = Math.floor(((length - 1) * down) / up) + width;
  const input = new Float32Array(Math.max(span, 0));
  const first = start - halfWidth + 1;
  const from = Math.max(first, 0);
  const to = Math.min(first + input.length, samples.length);
  if (to > from) input.set(samples.subarray(from, to), from - first);
  const out = new Float32Array(length);
  let position = 0;
  let phase = 0;
  for (let i = 0; i < length; i++) {
    const taps0 = phase * width;
    let sum = 0;
    for (let tap = 0; tap < width; tap++) sum += input[position + tap]! * taps[taps0 + tap]!;
    out[i] = sum;
    phase += down;
    position += Math.floor(phase / up);
    phase %= up;
  }
  return out;
}
