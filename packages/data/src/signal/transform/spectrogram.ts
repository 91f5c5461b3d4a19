/** Spectrograms as torchaudio computes them. */
import { requireStream } from '../../random/random-stream.ts';
import { aFloatArray } from '../../kinds.ts';
import {
  aBoolean,
  aCount,
  anyNumber,
  checkOptions,
  integerFrom,
  numberAbove,
  numberFrom,
  oneOf,
  optionKinds,
  orNull,
  requireKind,
} from '@convnet/tensor-core';
import type { HostArray } from '../../dataset/host-array.ts';
import { SignalError } from '../../errors.ts';
import type { Step } from '../../transform/compose.ts';
import type { Recording } from '../recording.ts';
import { rateOf, recordingStep } from './check.ts';
import { FourierTransform } from './fourier.ts';

/** float32 [channels, frequencies, frames]. */
export type Spectrum = HostArray<Float32Array>;

/** Options of `spectrogram`. */
export interface SpectrogramOptions {
  /** Samples of a transform; default 400. */
  readonly nFft?: number;
  /** Samples under the window, in the middle of a transform; default `nFft`. */
  readonly winLength?: number;
  /** Samples from one frame to the next; default half of `winLength`. */
  readonly hopLength?: number;
  /** Zeros that are put at both ends first; default 0. */
  readonly pad?: number;
  /** Default 'hann'. */
  readonly window?: 'hann' | 'hamming' | 'rectangular';
  /** 2 (the default) for power, 1 for magnitude. */
  readonly power?: number;
  /** Divides by the window's own magnitude; default false. */
  readonly normalized?: boolean;
  /** Puts the first frame's middle at the first sample, the signal continued at both ends; default true. */
  readonly center?: boolean;
  /** How it is continued; default 'reflect'. */
  readonly padMode?: 'reflect' | 'constant';
}

/** Periodic, as for spectra: the last sample would be the first again. */
const windows: Readonly<Record<string, (turn: number) => number>> = {
  hann: (turn) => 0.5 - 0.5 * Math.cos(turn),
  hamming: (turn) => 0.54 - 0.46 * Math.cos(turn),
  rectangular: () => 1,
};

const spectrogramKinds = {
  // 64 MiB of weights.
  nFft: integerFrom(1, 2 ** 23),
  winLength: integerFrom(1, 2 ** 23),
  hopLength: aCount,
  pad: integerFrom(0),
  window: oneOf(...Object.keys(windows)),
  power: numberAbove(0),
  normalized: aBoolean,
  center: aBoolean,
  padMode: oneOf('reflect', 'constant'),
} as const;
const spectrogramOptions = optionKinds<SpectrogramOptions>(spectrogramKinds);

interface Plan {
  readonly fourier: FourierTransform;
  readonly window: Float64Array;
  readonly hopLength: number;
  readonly pad: number;
  readonly power: number;
  readonly scale: number;
  readonly center: boolean;
  readonly padMode: 'reflect' | 'constant';
}

function planOf(where: string, options: SpectrogramOptions): Plan {
  const { nFft = 400, winLength = nFft, pad = 0, window = 'hann', power = 2 } = options;
  if (winLength > nFft) {
    throw new SignalError(
      'setting',
      where,
      `expected winLength as a whole number from 1 to nFft ${nFft}, got ${winLength}`,
    );
  }
  const hopLength = options.hopLength ?? Math.max(Math.floor(winLength / 2), 1);
  const shape = windows[window]!;
  const { padMode = 'reflect' } = options;
  const weights = new Float64Array(nFft);
  const left = Math.floor((nFft - winLength) / 2);
  let squares = 0;
  for (let i = 0; i < winLength; i++) {
    const weight = Math.fround(shape((2 * Math.PI * i) / winLength));
    weights[left + i] = weight;
    squares += weight * weight;
  }
  return {
    fourier: new FourierTransform(nFft),
    window: weights,
    hopLength,
    pad,
    power,
    scale: options.normalized === true ? 1 / squares : 1,
    center: options.center ?? true,
    padMode,
  };
}

/** Writes the frames of a channel, one after another, as [frames, frequencies]. */
function framesOf(where: string, channel: Float32Array, plan: Plan): Float64Array[] {
  const { fourier, window, hopLength, pad, power, scale, center, padMode } = plan;
  const { size } = fourier;
  const border = center ? Math.floor(size / 2) : 0;
  const inner = channel.length + 2 * pad;
  if ((center && padMode === 'reflect' && inner <= border) || inner + 2 * border < size) {
    throw new SignalError(
      'length',
      where,
      `expected a recording of more than ${center ? border - 2 * pad : size - 1 - 2 * pad} samples for nFft ${size}, got ${channel.length}`,
    );
  }
  const extended = new Float64Array(inner + 2 * border);
  extended.set(channel, border + pad);
  if (padMode === 'reflect') {
    for (let i = 1; i <= border; i++) {
      extended[border - i] = extended[border + i]!;
      extended[border + inner - 1 + i] = extended[border + inner - 1 - i]!;
    }
  }
  const count = 1 + Math.floor((extended.length - size) / hopLength);
  const windowed = new Float64Array(size);
  const bins = Math.floor(size / 2) + 1;
  return Array.from({ length: count }, (_, frame) => {
    const start = frame * hopLength;
    for (let i = 0; i < size; i++) windowed[i] = extended[start + i]! * window[i]!;
    const values = new Float64Array(bins);
    fourier.power(windowed, values);
    for (let k = 0; k < bins; k++) {
      const energy = values[k]! * scale;
      values[k] = power === 2 ? energy : energy ** (power / 2);
    }
    return values;
  });
}

/** Frames of each channel, each through `map`, as [channels, rows, frames]. */
function spectrumOf(
  where: string,
  recording: Recording,
  plan: Plan,
  rows: number,
  map: (frame: Float64Array) => ArrayLike<number>,
): Spectrum {
  const [channels, length] = recording.shape;
  const framed = Array.from({ length: channels }, (_, i) =>
    framesOf(where, recording.data.subarray(i * length, (i + 1) * length), plan),
  );
  const frames = framed[0]?.length ?? 0;
  const data = new Float32Array(channels * rows * frames);
  framed.forEach((channel, c) => {
    channel.forEach((frame, t) => {
      const values = map(frame);
      for (let row = 0; row < rows; row++) data[(c * rows + row) * frames + t] = values[row]!;
    });
  });
  return { data, shape: [channels, rows, frames] };
}

/** Energy by frequency and time: torchaudio's `Spectrogram`. */
export function spectrogram(options: SpectrogramOptions = {}): Step<Recording, Spectrum> {
  checkOptions('spectrogram', options, spectrogramOptions);
  const plan = planOf('spectrogram', options);
  const rows = Math.floor(plan.fourier.size / 2) + 1;
  return recordingStep('spectrogram', (recording) =>
    spectrumOf('spectrogram', recording, plan, rows, (frame) => frame),
  );
}

/** Options of `melSpectrogram`. */
export interface MelOptions extends SpectrogramOptions {
  /** Samples per second, where the recording does not know. */
  readonly sampleRate?: number;
  /** Bands; default 128. */
  readonly nMels?: number;
  /** Lowest frequency in hertz; default 0. */
  readonly fMin?: number;
  /** Highest frequency in hertz; default half the sample rate. */
  readonly fMax?: number;
  /** 'slaney' gives each band one area; default null: each has a greatest weight of 1. */
  readonly norm?: 'slaney' | null;
  /** Default 'htk'. */
  readonly melScale?: 'htk' | 'slaney';
}

const melOptions = optionKinds<MelOptions>({
  ...spectrogramKinds,
  sampleRate: numberAbove(0),
  nMels: integerFrom(1, 2 ** 16),
  fMin: numberFrom(0, Infinity),
  fMax: numberAbove(0),
  norm: orNull(oneOf('slaney')),
  melScale: oneOf('htk', 'slaney'),
});

/** Energy in bands as ears tell them apart: torchaudio's `MelSpectrogram`. */
export function melSpectrogram(options: MelOptions = {}): Step<Recording, Spectrum> {
  checkOptions('melSpectrogram', options, melOptions);
  const { sampleRate, nMels = 128, fMin = 0, fMax, norm = null, melScale = 'htk' } = options;
  if (fMax !== undefined) requireKind('melSpectrogram', 'fMax', fMax, numberAbove(fMin));
  const plan = planOf('melSpectrogram', options);
  const bins = Math.floor(plan.fourier.size / 2) + 1;
  const banks = new Map<number, readonly Band[]>();
  return recordingStep('melSpectrogram', (recording) => {
    const rate = rateOf('melSpectrogram', recording, sampleRate);
    const highest = fMax ?? rate / 2;
    if (highest <= fMin) {
      throw new SignalError(
        'setting',
        'melSpectrogram',
        `expected fMin below ${highest} Hz, half the sample rate, got ${fMin}`,
      );
    }
    const bank = banks.get(rate) ?? melBands(bins, rate, nMels, fMin, highest, norm, melScale);
    banks.set(rate, bank);
    return spectrumOf('melSpectrogram', recording, plan, nMels, (frame) =>
      Float64Array.from(bank, ({ first, weights }) => {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i]! * frame[first + i]!;
        return sum;
      }),
    );
  });
}

/** Weights of the frequencies from `first` on. */
interface Band {
  readonly first: number;
  readonly weights: Float64Array;
}

interface MelScale {
  toMel(hertz: number): number;
  toHertz(mel: number): number;
}

const mels: Readonly<Record<'htk' | 'slaney', MelScale>> = {
  htk: {
    toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
    toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
  },
  // Linear up to 1 kHz, then logarithmic (M. Slaney, "Auditory Toolbox", 1998).
  slaney: {
    toMel: (hertz) =>
      hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4),
    toHertz: (mel) =>
      mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27),
  },
};

function melBands(
  bins: number,
  rate: number,
  count: number,
  lowest: number,
  highest: number,
  norm: 'slaney' | null,
  scaleName: 'htk' | 'slaney',
): Band[] {
  const scale = mels[scaleName];
  const [from, to] = [scale.toMel(lowest), scale.toMel(highest)];
  const edges = Array.from({ length: count + 2 }, (_, i) =>
    scale.toHertz(from + ((to - from) * i) / (count + 1)),
  );
  return Array.from({ length: count }, (_, band) => {
    const [left, middle, right] = edges.slice(band, band + 3) as [number, number, number];
    const factor = norm === 'slaney' ? 2 / (right - left) : 1;
    const all = Float64Array.from({ length: bins }, (__, bin) => {
      const hertz = ((rate / 2) * bin) / (bins - 1);
      const weight = Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle));
      return Math.max(weight, 0) * factor;
    });
    const first = all.findIndex((weight) => weight > 0);
    if (first < 0) return { first: 0, weights: new Float64Array(0) };
    let end = bins;
    while (all[end - 1] === 0) end--;
    return { first, weights: all.slice(first, end) };
  });
}

/** Options of `amplitudeToDb`. */
export interface DecibelOptions {
  /** What the numbers are; default 'power'. */
  readonly stype?: 'power' | 'magnitude';
  /** Raises what is this far below the greatest value, of all channels; default none. */
  readonly topDb?: number | null;
}

const decibelOptions = optionKinds<DecibelOptions>({
  stype: oneOf('power', 'magnitude'),
  topDb: orNull(numberFrom(0, Infinity)),
});

/** On a logarithmic scale, in decibels: torchaudio's `AmplitudeToDB`. */
export function amplitudeToDb(options: DecibelOptions = {}): Step<Spectrum, Spectrum> {
  checkOptions('amplitudeToDb', options, decibelOptions);
  const { stype = 'power', topDb = null } = options;
  const factor = stype === 'power' ? 10 : 20;
  return (spectrum) => {
    requireKind('amplitudeToDb', 'spectrum', spectrum, aFloatArray);
    const { data, shape } = spectrum;
    const out = data.map((value) => factor * Math.log10(Math.max(value, 1e-10)));
    if (topDb !== null) {
      const floor = out.reduce((most, value) => Math.max(most, value), -Infinity) - topDb;
      for (let i = 0; i < out.length; i++) out[i] = Math.max(out[i]!, floor);
    }
    return { data: out, shape };
  };
}

/** Options of `frequencyMasking` and `timeMasking`. */
export interface MaskOptions {
  /** Greatest width of a mask, in frequencies or frames. */
  readonly max: number;
  /** Masks; default 1. */
  readonly count?: number;
  /** What comes in; default 0. */
  readonly value?: number;
}

const maskOptions = optionKinds<MaskOptions>({
  max: numberFrom(0, Infinity),
  count: integerFrom(0),
  value: anyNumber,
});

function masking(where: string, axis: 1 | 2, options: MaskOptions): Step<Spectrum, Spectrum> {
  checkOptions(where, options, maskOptions, ['max']);
  const { max, count = 1, value = 0 } = options;
  return (spectrum, random) => {
    requireKind(where, 'spectrum', spectrum, aFloatArray);
    requireStream(where, random);
    const { data, shape } = spectrum;
    const [channels = 0, rows = 0, frames = 0] = shape;
    const extent = axis === 1 ? rows : frames;
    const out = data.slice();
    for (let mask = 0; mask < count; mask++) {
      const width = random.uniform() * Math.min(max, extent);
      const start = Math.floor(random.uniform() * (extent - width));
      const end = start + Math.floor(width);
      for (let line = 0; line < channels * rows; line++) {
        if (axis === 1) {
          const row = line % rows;
          if (row >= start && row < end) out.fill(value, line * frames, (line + 1) * frames);
        } else {
          out.fill(value, line * frames + start, line * frames + end);
        }
      }
    }
    return { data: out, shape };
  };
}

/** Masks random bands of frequencies (D. Park et al., "SpecAugment", 2019): torchaudio's `FrequencyMasking`. */
export function frequencyMasking(options: MaskOptions): Step<Spectrum, Spectrum> {
  return masking('frequencyMasking', 1, options);
}

/** Masks random stretches of time (D. Park et al., "SpecAugment", 2019): torchaudio's `TimeMasking`. */
export function timeMasking(options: MaskOptions): Step<Spectrum, Spectrum> {
  return masking('timeMasking', 2, options);
}
