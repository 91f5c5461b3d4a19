/** Steps for `compose` on recordings: scaling, length, and random changes. */
import { aPair } from '../../kinds.ts';
import {
  aBoolean,
  aCount,
  aFiniteNumber,
  anyNumber,
  checkOptions,
  either,
  integerFrom,
  listOf,
  numberAbove,
  numberFrom,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import { requireStream, type RandomStream } from '../../random/random-stream.ts';
import { recordingOf, type Recording } from '../recording.ts';
import { createResampler, type Resampler } from '../resample.ts';
import { cut } from '../windows.ts';
import { mapChannels, rateOf, recordingStep, withData, type SignalTransform } from './check.ts';
import { cubicSpline } from './spline.ts';

/** Options of `zScore`. */
export interface ScaleOptions {
  /** Each channel by its own numbers; default true. */
  readonly perChannel?: boolean;
}

const scaleOptions = optionKinds<ScaleOptions>({ perChannel: aBoolean });

/** `map` on each channel, or on all at once as on one. */
function scaling(
  where: string,
  perChannel: boolean,
  map: (values: Float32Array) => Float32Array,
): SignalTransform {
  return recordingStep(where, (recording) =>
    perChannel ? mapChannels(recording, map) : withData(recording, map(recording.data)),
  );
}

/** To mean 0 and standard deviation 1; a constant becomes 0. */
export function zScore(options: ScaleOptions = {}): SignalTransform {
  checkOptions('zScore', options, scaleOptions);
  return scaling('zScore', options.perChannel ?? true, (values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // What rounding leaves of a constant is no signal.
    const factor = square > (1e-7 * mean) ** 2 ? 1 / Math.sqrt(square) : 0;
    return values.map((value) => (value - mean) * factor);
  });
}

/** Options of `minMax`. */
export interface MinMaxOptions extends ScaleOptions {
  /** Default [0, 1]. */
  readonly range?: readonly [number, number];
}

const minMaxOptions = optionKinds<MinMaxOptions>({ perChannel: aBoolean, range: aPair });

/** To a range; a constant becomes its lower end. */
export function minMax(options: MinMaxOptions = {}): SignalTransform {
  checkOptions('minMax', options, minMaxOptions);
  const { perChannel = true, range: [low, high] = [0, 1] } = options;
  requireKind('minMax', 'range[1]', high, numberAbove(low));
  return scaling('minMax', perChannel, (values) => {
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const factor = most > least ? (high - low) / (most - least) : 0;
    return values.map((value) => low + (value - least) * factor);
  });
}

const resampleToOptions = optionKinds<{ readonly from?: number }>({ from: numberAbove(0) });

/** To another sample rate: see `resample`. */
export function resampleTo(
  sampleRate: number,
  options: { readonly from?: number } = {},
): SignalTransform {
  requireKind('resampleTo', 'sampleRate', sampleRate, aCount);
  checkOptions('resampleTo', options, resampleToOptions);
  const resamplers = new Map<number, Resampler>();
  return recordingStep('resampleTo', (recording) => {
    const from = Math.round(rateOf('resampleTo', recording, options.from));
    if (from === sampleRate) return recording;
    const resampler = resamplers.get(from) ?? createResampler(from, sampleRate);
    resamplers.set(from, resampler);
    return { ...mapChannels(recording, (channel) => resampler(channel)), sampleRate };
  });
}

function requireLength(where: string, length: unknown): void {
  requireKind(where, 'length', length, aCount);
}

/** A random stretch of `length` samples; a shorter recording stays as it is: put `padTo` behind. */
export function randomCrop(length: number): SignalTransform {
  requireLength('randomCrop', length);
  return recordingStep(
    'randomCrop',
    (recording, random) => {
      const total = recording.shape[1];
      return total <= length ? recording : cut(recording, random.below(total - length + 1), length);
    },
    true,
  );
}

/** The middle `length` samples; a shorter recording stays as it is: put `padTo` behind. */
export function centerCrop(length: number): SignalTransform {
  requireLength('centerCrop', length);
  return recordingStep('centerCrop', (recording) => {
    const total = recording.shape[1];
    return total <= length ? recording : cut(recording, Math.floor((total - length) / 2), length);
  });
}

/** Options of `padTo`. */
export interface PadOptions {
  /** Where the recording comes; default 'start': all is put behind it. */
  readonly at?: 'start' | 'center' | 'end' | 'random';
  /** Default 0. */
  readonly value?: number;
}

const padOptions = optionKinds<PadOptions>({
  at: oneOf('start', 'center', 'end', 'random'),
  value: anyNumber,
});

/** To at least `length` samples; a longer recording stays as it is: put a crop before. */
export function padTo(length: number, options: PadOptions = {}): SignalTransform {
  requireLength('padTo', length);
  checkOptions('padTo', options, padOptions);
  const { at = 'start', value = 0 } = options;
  return recordingStep('padTo', (recording, random) => {
    if (at === 'random') requireStream('padTo', random);
    const missing = length - recording.shape[1];
    if (missing <= 0) return recording;
    const places = {
      start: () => 0,
      center: () => Math.floor(missing / 2),
      end: () => missing,
      random: () => random.below(missing + 1),
    };
    const start = places[at]();
    return mapChannels(recording, (channel) => {
      const out = new Float32Array(length).fill(value);
      out.set(channel, start);
      return out;
    });
  });
}

const aSpread = numberFrom(0, Infinity);
const spreadOptions = optionKinds<{ readonly std: number }>({ std: aSpread });

/** Adds independent normal noise of standard deviation `std` to each sample. */
export function jitter(options: { readonly std: number }): SignalTransform {
  checkOptions('jitter', options, spreadOptions, ['std']);
  const { std } = options;
  return recordingStep(
    'jitter',
    (recording, random) =>
      withData(
        recording,
        recording.data.map((value) => value + std * random.normals()[0]),
      ),
    true,
  );
}

/** Multiplies each channel by a number of its own, normal about 1 with standard deviation `std`. */
export function randomScaling(options: { readonly std: number }): SignalTransform {
  checkOptions('randomScaling', options, spreadOptions, ['std']);
  const { std } = options;
  return recordingStep(
    'randomScaling',
    (recording, random) =>
      mapChannels(recording, (channel) => {
        const factor = 1 + std * random.normals()[0];
        return channel.map((value) => value * factor);
      }),
    true,
  );
}

/** Options of `randomShift`. */
export interface ShiftOptions {
  /** Greatest distance in samples, either way. */
  readonly max: number;
  /** What enters where the signal has left: 'wrap' (the default), what left at the other end; or a number. */
  readonly fill?: 'wrap' | number;
}

const shiftOptions = optionKinds<ShiftOptions>({
  max: integerFrom(0),
  fill: either(oneOf('wrap'), aFiniteNumber),
});

/** Moves all channels by one random distance. */
export function randomShift(options: ShiftOptions): SignalTransform {
  checkOptions('randomShift', options, shiftOptions, ['max']);
  const { max, fill = 'wrap' } = options;
  const shifted = (recording: Recording, random: RandomStream): Recording => {
    const distance = random.below(2 * max + 1) - max;
    const { length } = { length: recording.shape[1] };
    return mapChannels(recording, (channel) =>
      channel.map((_, i) => {
        const from = i - distance;
        if (fill === 'wrap') return channel[((from % length) + length) % length]!;
        return from >= 0 && from < length ? channel[from]! : fill;
      }),
    );
  };
  return recordingStep('randomShift', shifted, true);
}

/** Options of `magnitudeWarp` and `timeWarp`. */
export interface WarpOptions {
  /** Standard deviation of the curve at its knots; default 0.2. */
  readonly std?: number;
  /** Knots between the ends; default 4. */
  readonly knots?: number;
}

const warpOptions = optionKinds<WarpOptions>({ std: aSpread, knots: integerFrom(0) });

/** A smooth random curve about 1. */
function randomCurve(
  length: number,
  { std = 0.2, knots = 4 }: WarpOptions,
  random: RandomStream,
): Float64Array {
  const heights = Array.from({ length: knots + 2 }, () => 1 + std * random.normals()[0]);
  const places = heights.map((_, i) => (i * Math.max(length - 1, 1)) / (knots + 1));
  const curve = cubicSpline(places, heights);
  return Float64Array.from({ length }, (_, i) => curve(i));
}

/**
 * Multiplies each channel by a smooth random curve of its own (T. Um et al., "Data Augmentation of Wearable Sensor Data",
 * 2017).
 */
export function magnitudeWarp(options: WarpOptions = {}): SignalTransform {
  checkOptions('magnitudeWarp', options, warpOptions);
  return recordingStep(
    'magnitudeWarp',
    (recording, random) =>
      mapChannels(recording, (channel) => {
        const curve = randomCurve(channel.length, options, random);
        return channel.map((value, i) => value * curve[i]!);
      }),
    true,
  );
}

/**
 * Lets time run faster and slower by a smooth random curve, the same for all channels; the ends stay where they are (T. Um
 * et al., 2017).
 */
export function timeWarp(options: WarpOptions = {}): SignalTransform {
  checkOptions('timeWarp', options, warpOptions);
  const warped = (recording: Recording, random: RandomStream): Recording => {
    const length = recording.shape[1];
    // Time never runs backwards.
    const speed = randomCurve(length, options, random).map((value) => Math.max(value, 0.01));
    const times = new Float64Array(length);
    for (let i = 1; i < length; i++) times[i] = times[i - 1]! + (speed[i - 1]! + speed[i]!) / 2;
    const scale = length > 1 ? (length - 1) / times[length - 1]! : 1;
    return mapChannels(recording, (channel) =>
      channel.map((_, i) => {
        const at = Math.min(times[i]! * scale, length - 1);
        const before = Math.floor(at);
        const next = channel[Math.min(before + 1, length - 1)]!;
        return channel[before]! + (next - channel[before]!) * (at - before);
      }),
    );
  };
  return recordingStep('timeWarp', warped, true);
}

const dropOptions = optionKinds<{ readonly probability?: number }>({
  probability: numberFrom(0, 1),
});

/** Sets each channel to 0 with the given probability (default 0.1), but never all of them. */
export function channelDrop(options: { readonly probability?: number } = {}): SignalTransform {
  checkOptions('channelDrop', options, dropOptions);
  const { probability = 0.1 } = options;
  const dropping = (recording: Recording, random: RandomStream): Recording => {
    const [channels] = recording.shape;
    const dropped = Array.from({ length: channels }, () => random.chance(probability));
    if (dropped.every(Boolean)) dropped[random.below(channels)] = false;
    return mapChannels(recording, (channel, i) =>
      dropped[i]! ? new Float32Array(channel.length) : channel,
    );
  };
  return recordingStep('channelDrop', dropping, true);
}

/** The channels `numbers`, in that order. */
export function selectChannels(numbers: readonly number[]): SignalTransform {
  requireKind('selectChannels', 'numbers', numbers, listOf(integerFrom(0)));
  return recordingStep('selectChannels', (recording) => {
    const [channels, length] = recording.shape;
    const { data, shape: _shape, channelNames, units, ...rest } = recording;
    const missing = numbers.find((number) => number >= channels);
    if (missing !== undefined) {
      throw new SignalError(
        'setting',
        'selectChannels',
        `expected numbers below the ${channels} channels of the recording, got ${missing}`,
      );
    }
    return recordingOf(
      numbers.map((number) => data.subarray(number * length, (number + 1) * length)),
      {
        ...rest,
        ...(channelNames === undefined
          ? {}
          : { channelNames: numbers.map((i) => channelNames[i]!) }),
        ...(units === undefined ? {} : { units: numbers.map((i) => units[i]!) }),
      },
    );
  });
}
