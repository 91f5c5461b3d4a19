/** Butterworth and notch filters as sections of second order, the same as scipy's. */
import {
  aBoolean,
  checkOptions,
  numberAbove,
  optionKinds,
  requireKind,
  integerFrom,
} from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import { mapChannels, rateOf, type SignalTransform, recordingStep } from './check.ts';

/** b0, b1, b2, a1, a2 of (b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²). */
export type Section = readonly [number, number, number, number, number];

interface Complex {
  readonly re: number;
  readonly im: number;
}

const complex = (re: number, im = 0): Complex => ({ re, im });
const plus = (a: Complex, b: Complex): Complex => complex(a.re + b.re, a.im + b.im);
const minus = (a: Complex, b: Complex): Complex => complex(a.re - b.re, a.im - b.im);
const times = (a: Complex, b: Complex): Complex =>
  complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
const over = (a: Complex, b: Complex): Complex => {
  const square = b.re * b.re + b.im * b.im;
  return complex((a.re * b.re + a.im * b.im) / square, (a.im * b.re - a.re * b.im) / square);
};
const squareRoot = ({ re, im }: Complex): Complex => {
  const size = Math.hypot(re, im);
  const real = Math.sqrt(Math.max((size + re) / 2, 0));
  return complex(real, Math.sign(im || 1) * Math.sqrt(Math.max((size - re) / 2, 0)));
};

export type FilterKind = 'lowPass' | 'highPass' | 'bandPass' | 'bandStop';

/**
 * Butterworth's filter by the bilinear transform, with edges where it passes half the power (A. Oppenheim, R. Schafer,
 * "Discrete-Time Signal Processing", section 7.1): `scipy.signal.butter`.
 *
 * @param edges In hertz: one, of a band two.
 */
export function butterworth(
  kind: FilterKind,
  order: number,
  edges: readonly number[],
  sampleRate: number,
): readonly Section[] {
  // Prewarped, for a bilinear transform at a rate of 2.
  const warped = edges.map((edge) => 4 * Math.tan((Math.PI * edge) / sampleRate));
  const prototype = Array.from({ length: order }, (_, k) => {
    const angle = (Math.PI * (2 * k + 1 - order)) / (2 * order);
    return complex(-Math.cos(angle), -Math.sin(angle));
  });
  const [low = 0, high = 0] = warped;
  const width = complex(high - low);
  const centre = Math.sqrt(low * high);
  const analog = prototype.flatMap((pole): Complex[] => {
    if (kind === 'lowPass') return [times(pole, complex(low))];
    if (kind === 'highPass') return [over(complex(low), pole)];
    const half =
      kind === 'bandPass' ? times(pole, complex(width.re / 2)) : over(complex(width.re / 2), pole);
    const root = squareRoot(minus(times(half, half), complex(centre * centre)));
    return [plus(half, root), minus(half, root)];
  });
  const four = complex(4);
  const poles = analog.map((pole) => over(plus(four, pole), minus(four, pole)));
  const middle = 2 * Math.atan(centre / 4);
  const sections = paired(poles).map(([first, second]): Section => {
    const [b0, b1, b2] = zerosOf(kind, second !== null, middle);
    const a1 = -(first.re + (second?.re ?? 0));
    const a2 = second === null ? 0 : times(first, second).re;
    return [b0, b1, b2, a1, a2];
  });
  // Where the filter passes all.
  const full = kind === 'highPass' ? Math.PI : kind === 'bandPass' ? middle : 0;
  const gain = 1 / sections.reduce((product, section) => product * responseOf(section, full), 1);
  const [b0, b1, b2, ...rest] = sections[0]!;
  return [[b0 * gain, b1 * gain, b2 * gain, ...rest], ...sections.slice(1)];
}

function zerosOf(
  kind: FilterKind,
  isSecondOrder: boolean,
  middle: number,
): readonly [number, number, number] {
  if (kind === 'bandPass') return [1, 0, -1];
  if (kind === 'bandStop') return [1, -2 * Math.cos(middle), 1];
  const sign = kind === 'lowPass' ? 1 : -1;
  return isSecondOrder ? [1, 2 * sign, 1] : [1, sign, 0];
}

/** Poles that share a section: conjugates, and real ones in pairs as long as there are two. */
function paired(poles: readonly Complex[]): (readonly [Complex, Complex | null])[] {
  const isReal = ({ re, im }: Complex): boolean => Math.abs(im) < 1e-10 * Math.max(1, Math.abs(re));
  const upper = poles.filter((pole) => !isReal(pole) && pole.im > 0);
  const real = poles.filter(isReal).sort((a, b) => a.re - b.re);
  const pairs = upper.map((pole): readonly [Complex, Complex | null] => [
    pole,
    complex(pole.re, -pole.im),
  ]);
  for (let i = 0; i < real.length; i += 2) pairs.push([complex(real[i]!.re), real[i + 1] ?? null]);
  return pairs;
}

/** How much a section passes at an angular frequency. */
function responseOf([b0, b1, b2, a1, a2]: Section, angle: number): number {
  const at = (c0: number, c1: number, c2: number): number =>
    Math.hypot(
      c0 + c1 * Math.cos(angle) + c2 * Math.cos(2 * angle),
      c1 * Math.sin(angle) + c2 * Math.sin(2 * angle),
    );
  return at(b0, b1, b2) / at(1, a1, a2);
}

/** A filter that takes one frequency out, `quality` times as narrow as it is high: `scipy.signal.iirnotch`. */
export function notchSection(frequency: number, quality: number, sampleRate: number): Section {
  const angle = (2 * Math.PI * frequency) / sampleRate;
  const gain = 1 / (1 + Math.tan(angle / quality / 2));
  const middle = -2 * Math.cos(angle) * gain;
  return [gain, middle, gain, middle, 2 * gain - 1];
}

/** Each section after the other, from the states `start` on, two a section (transposed direct form II). */
export function runSections(
  sections: readonly Section[],
  signal: ArrayLike<number>,
  start?: ArrayLike<number>,
): Float64Array {
  const values = Float64Array.from(signal);
  sections.forEach(([b0, b1, b2, a1, a2], i) => {
    let first = start?.[2 * i] ?? 0;
    let second = start?.[2 * i + 1] ?? 0;
    for (let t = 0; t < values.length; t++) {
      const x = values[t]!;
      const y = b0 * x + first;
      first = b1 * x - a1 * y + second;
      second = b2 * x - a2 * y;
      values[t] = y;
    }
  });
  return values;
}

/** The states in which a constant input of 1 leaves the sections. */
function steadyStates(sections: readonly Section[]): Float64Array {
  const states = new Float64Array(2 * sections.length);
  let scale = 1;
  sections.forEach(([b0, b1, b2, a1, a2], i) => {
    const first = (b1 - a1 * b0 + b2 - a2 * b0) / (1 + a1 + a2);
    states[2 * i] = scale * first;
    states[2 * i + 1] = scale * ((1 + a1) * first - (b1 - a1 * b0));
    scale *= (b0 + b1 + b2) / (1 + a1 + a2);
  });
  return states;
}

/**
 * Forward and backward, so that nothing is delayed and everything filtered twice, the ends continued as mirrored in a
 * point: `scipy.signal.sosfiltfilt`.
 *
 * @throws SignalError (fault 'length') for a signal that is too short to be continued.
 */
export function runBothWays(sections: readonly Section[], signal: ArrayLike<number>): Float64Array {
  const firstOrder = sections.filter(([, , b2, , a2]) => b2 === 0 && a2 === 0).length;
  const edge = 3 * (2 * sections.length + 1 - firstOrder);
  const { length } = signal;
  if (length <= edge) {
    throw new SignalError(
      'length',
      'filter',
      `expected a signal of more than ${edge} samples for a filter of ${sections.length} sections, got ${length}`,
    );
  }
  const extended = new Float64Array(length + 2 * edge);
  const [head, tail] = [signal[0]!, signal[length - 1]!];
  for (let i = 0; i < edge; i++) {
    extended[i] = 2 * head - signal[edge - i]!;
    extended[edge + length + i] = 2 * tail - signal[length - 2 - i]!;
  }
  extended.set(signal, edge);
  const steady = steadyStates(sections);
  const from = (value: number): Float64Array => steady.map((state) => state * value);
  const forward = runSections(sections, extended, from(extended[0]!));
  forward.reverse();
  const backward = runSections(sections, forward, from(forward[0]!));
  backward.reverse();
  return backward.slice(edge, edge + length);
}

interface FilterOptions {
  /** Samples per second, where the recording does not know. */
  readonly sampleRate?: number;
  /** Forward and backward: no delay, twice the attenuation. Default true. */
  readonly zeroPhase?: boolean;
}

/** Options that all Butterworth filters share. */
export interface ButterworthOptions extends FilterOptions {
  /** Order of the filter; of a band twice as many poles. Default 4. */
  readonly order?: number;
}

/** Options of `bandPass` and `bandStop`. */
export interface BandOptions extends ButterworthOptions {
  /** Edges in hertz, where half the power passes in one direction. */
  readonly low: number;
  readonly high: number;
}

/** Options of `lowPass` and `highPass`. */
export interface EdgeOptions extends ButterworthOptions {
  /** Edge in hertz, where half the power passes in one direction. */
  readonly frequency: number;
}

/** Options of `notch`. */
export interface NotchOptions extends FilterOptions {
  /** In hertz: 50 or 60 against hum. */
  readonly frequency: number;
  /** Frequency over width; default 30. */
  readonly quality?: number;
}

/** Applies what `design` makes for the recording's rate. */
function filtering(
  where: string,
  { sampleRate, zeroPhase = true }: FilterOptions,
  highest: number,
  design: (rate: number) => readonly Section[],
): SignalTransform {
  const designs = new Map<number, readonly Section[]>();
  return recordingStep(where, (recording) => {
    const rate = rateOf(where, recording, sampleRate);
    if (highest >= rate / 2) {
      throw new SignalError(
        'setting',
        where,
        `expected frequencies below ${rate / 2} Hz, half the sample rate, got ${highest} Hz`,
      );
    }
    const sections = designs.get(rate) ?? design(rate);
    designs.set(rate, sections);
    return mapChannels(recording, (channel) =>
      zeroPhase ? runBothWays(sections, channel) : runSections(sections, channel),
    );
  });
}

const aFrequency = numberAbove(0);
/** Beyond it the poles of a filter cannot be told apart. */
const anOrder = integerFrom(1, 100);
const filterKinds = { sampleRate: aFrequency, zeroPhase: aBoolean } as const;
const bandOptions = optionKinds<BandOptions>({
  ...filterKinds,
  order: anOrder,
  low: aFrequency,
  high: aFrequency,
});
const edgeOptions = optionKinds<EdgeOptions>({
  ...filterKinds,
  order: anOrder,
  frequency: aFrequency,
});
const notchOptions = optionKinds<NotchOptions>({
  ...filterKinds,
  frequency: aFrequency,
  quality: numberAbove(0),
});

function band(where: 'bandPass' | 'bandStop', options: BandOptions): SignalTransform {
  checkOptions(where, options, bandOptions, ['low', 'high']);
  const { order = 4, low, high } = options;
  requireKind(where, 'high', high, numberAbove(low));
  return filtering(where, options, high, (rate) => butterworth(where, order, [low, high], rate));
}

function edge(where: 'lowPass' | 'highPass', options: EdgeOptions): SignalTransform {
  checkOptions(where, options, edgeOptions, ['frequency']);
  const { order = 4, frequency } = options;
  return filtering(where, options, frequency, (rate) =>
    butterworth(where, order, [frequency], rate),
  );
}

/** Passes frequencies from `low` to `high` hertz. */
export function bandPass(options: BandOptions): SignalTransform {
  return band('bandPass', options);
}

/** Stops frequencies from `low` to `high` hertz. */
export function bandStop(options: BandOptions): SignalTransform {
  return band('bandStop', options);
}

/** Passes frequencies up to `frequency` hertz. */
export function lowPass(options: EdgeOptions): SignalTransform {
  return edge('lowPass', options);
}

/** Passes frequencies from `frequency` hertz on: takes slow drift out. */
export function highPass(options: EdgeOptions): SignalTransform {
  return edge('highPass', options);
}

/** Takes one frequency out, such as the hum of mains. */
export function notch(options: NotchOptions): SignalTransform {
  checkOptions('notch', options, notchOptions, ['frequency']);
  const { frequency, quality = 30 } = options;
  return filtering('notch', options, frequency, (rate) => [notchSection(frequency, quality, rate)]);
}
