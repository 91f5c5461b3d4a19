import { readFileSync } from 'node:fs';
import { Generator, ConvnetError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../random/random-stream.ts';
import { compose } from '../../transform/compose.ts';
import { recordingOf, type Recording } from '../recording.ts';
import * as filters from './filters.ts';
import { FourierTransform } from './fourier.ts';
import * as signal from './signal-transforms.ts';
import { cubicSpline } from './spline.ts';
import * as spectra from './spectrogram.ts';

interface Coded {
  readonly shape: number[];
  readonly data: string;
}
interface Fixtures {
  readonly source: Coded;
  readonly spectrograms: readonly (Coded & {
    readonly options: Readonly<Record<string, unknown>>;
  })[];
  readonly mels: Fixtures['spectrograms'];
  readonly mel: Coded;
  readonly decibels: Fixtures['spectrograms'];
  readonly filters: readonly {
    readonly kind: 'bandPass' | 'bandStop' | 'lowPass' | 'highPass' | 'notch';
    readonly arguments: Readonly<Record<string, number>>;
    readonly causal: Coded;
    readonly zeroPhase: Coded;
  }[];
}

const fixtures = JSON.parse(
  readFileSync(new URL('../../../fixtures/signals.json', import.meta.url), 'utf8'),
) as Fixtures;
const floats = ({ data }: Coded): Float32Array => {
  const bytes = Buffer.from(data, 'base64');
  return new Float32Array(new Uint8Array(bytes).buffer);
};
const source: Recording = {
  data: floats(fixtures.source),
  shape: fixtures.source.shape as [number, number],
};
const stream = (seed: number): RandomStream => new RandomStream(new Generator(seed));

/** Python's names of options as ours. */
const camel = (options: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

/** The greatest difference, relative to the greatest value. */
function deviation(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [most, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs(found[i]! - expected[i]!));
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return found.length === expected.length ? most / size : Infinity;
}

describe('spectrograms are torchaudio’s', () => {
  const cases = (all: Fixtures['spectrograms']) =>
    all.map((expected) => [JSON.stringify(expected.options), expected] as const);

  it.each(cases(fixtures.spectrograms))('spectrogram %s', (_, expected) => {
    const found = spectra.spectrogram(camel(expected.options))(source, stream(0));
    expect(found.shape).toEqual(expected.shape);
    expect(deviation(found.data, floats(expected))).toBeLessThan(1e-5);
    // Absolutely as well, element by element.
    floats(expected).forEach((value, i) => {
      expect(Math.abs(found.data[i]! - value)).toBeLessThan(1e-4 * Math.max(1, value));
    });
  });

  it.each(cases(fixtures.mels))('melSpectrogram %s', (_, expected) => {
    const found = spectra.melSpectrogram(camel(expected.options))(source, stream(0));
    expect(found.shape).toEqual(expected.shape);
    expect(deviation(found.data, floats(expected))).toBeLessThan(1e-5);
    floats(expected).forEach((value, i) => {
      expect(Math.abs(found.data[i]! - value)).toBeLessThan(1e-4 * Math.max(1, value));
    });
  });

  it.each(cases(fixtures.decibels))('amplitudeToDb %s', (_, expected) => {
    const mel = { data: floats(fixtures.mel), shape: fixtures.mel.shape };
    const found = spectra.amplitudeToDb(camel(expected.options))(mel, stream(0));
    floats(expected).forEach((value, i) =>
      expect(Math.abs(found.data[i]! - value)).toBeLessThan(1e-4),
    );
  });

  it('masks stretches of frequency and time', () => {
    const ones = { data: new Float32Array(2 * 30 * 40).fill(1), shape: [2, 30, 40] };
    const widths = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const masked = spectra.frequencyMasking({ max: 8 })(ones, stream(seed));
      const rows = Array.from({ length: 60 }, (_, row) =>
        masked.data.subarray(row * 40, (row + 1) * 40),
      );
      const blank = rows.map((row) => row.every((value) => value === 0));
      expect(rows.every((row, i) => row.every((value) => value === (blank[i]! ? 0 : 1)))).toBe(
        true,
      );
      expect(blank.slice(0, 30)).toEqual(blank.slice(30));
      widths.add(blank.slice(0, 30).filter(Boolean).length);
      const timed = spectra.timeMasking({ max: 10, count: 2, value: 5 })(ones, stream(seed));
      expect(
        new Set(
          Array.from({ length: 60 }, (_, i) => timed.data.subarray(i * 40, (i + 1) * 40).join()),
        ).size,
      ).toBe(1);
    }
    expect(Math.max(...widths)).toBe(7);
    expect(Math.min(...widths)).toBe(0);
  });

  it.each([
    [
      'expected a recording of more than 2000 samples for nFft 4000',
      () => spectra.spectrogram({ nFft: 4000 })(source, stream(0)),
    ],
    [
      'winLength as a whole number from 1 to nFft 64',
      () => spectra.spectrogram({ nFft: 64, winLength: 65 }),
    ],
    ["got 'kaiser'", () => spectra.spectrogram({ window: 'kaiser' as never })],
    [
      'sample rate of the recording is not known',
      () => spectra.melSpectrogram()(source, stream(0)),
    ],
    [
      "got 'mel'",
      () =>
        spectra.melSpectrogram({ sampleRate: 8000, melScale: 'mel' as never })(source, stream(0)),
    ],
  ])('say: %s', (message, run) => {
    expect(run).toThrow(ConvnetError);
    expect(run).toThrow(message);
  });

  it('the Fourier transform is right for every length', () => {
    for (let size = 1; size <= 60; size++) {
      const values = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i + 1));
      const power = new Float64Array(size);
      new FourierTransform(size).power(values, power);
      for (let k = 0; k <= size / 2; k++) {
        let [re, im] = [0, 0];
        values.forEach((value, i) => {
          re += value * Math.cos((2 * Math.PI * i * k) / size);
          im -= value * Math.sin((2 * Math.PI * i * k) / size);
        });
        expect(power[k]).toBeCloseTo(re * re + im * im, 9);
      }
    }
  });
});

describe('filters are scipy’s', () => {
  const { bandPass, bandStop, lowPass, highPass, notch } = filters;
  const creators = { bandPass, bandStop, lowPass, highPass, notch };

  it.each(
    fixtures.filters.map(
      (filter) => [filter.kind, JSON.stringify(filter.arguments), filter] as const,
    ),
  )('%s %s', (kind, _, { arguments: given, causal, zeroPhase }) => {
    const { rate, high, low, ...rest } = given;
    const options = (
      kind === 'lowPass' || kind === 'highPass'
        ? { ...rest, frequency: high ?? low }
        : { ...rest, low, high }
    ) as never;
    const cleaned = Object.fromEntries(
      Object.entries(options as object).filter(([, value]) => value !== undefined),
    );
    const create = creators[kind] as (options: object) => ReturnType<typeof filters.notch>;
    const recording = { ...source, sampleRate: rate! };
    const both = create(cleaned)(recording, stream(0));
    expect(deviation(both.data, floats(zeroPhase))).toBeLessThan(1e-5);
    const one = create({ ...cleaned, zeroPhase: false, sampleRate: rate })(source, stream(0));
    expect(deviation(one.data, floats(causal))).toBeLessThan(1e-5);
  });

  it.each([
    [
      'expected frequencies below 125 Hz, half the sample rate, got 125 Hz',
      () => filters.lowPass({ frequency: 125, sampleRate: 250 })(source, stream(0)),
    ],
    ['expected high as a finite number above 10', () => filters.bandPass({ low: 10, high: 5 })],
    [
      'expected frequency as a finite number above 0, got undefined',
      () => filters.notch({} as never),
    ],
    [
      'the sample rate of the recording is not known',
      () => filters.notch({ frequency: 50 })(source, stream(0)),
    ],
    [
      'expected a signal of more than 27 samples for a filter of 4 sections, got 10',
      () =>
        filters.bandPass({ low: 1, high: 5, sampleRate: 50 })(
          recordingOf([new Float32Array(10)]),
          stream(0),
        ),
    ],
  ])('say: %s', (message, run) => {
    expect(run).toThrow(ConvnetError);
    expect(run).toThrow(message);
  });
});

describe('signal transforms', () => {
  const ramp = recordingOf([Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 10, 10, 10)], {
    sampleRate: 4,
  });
  const run = (
    step: (given: Recording, random: RandomStream) => Recording,
    seed = 0,
    given = ramp,
  ): number[] => [...step(given, stream(seed)).data];

  it('zScore and minMax', () => {
    const [a, b] = [1.3416407, 0.4472136];
    run(signal.zScore()).forEach((value, i) =>
      expect(value).toBeCloseTo([-a, -b, b, a, 0, 0, 0, 0][i]!, 6),
    );
    expect(run(signal.minMax({ range: [-1, 2] }))).toEqual([-1, 0, 1, 2, -1, -1, -1, -1]);
    const all = run(signal.zScore({ perChannel: false }));
    expect(all.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
    expect(run(signal.minMax({ perChannel: false }))[4]).toBe(1);
    expect(run(signal.zScore(), 0, recordingOf([new Float32Array(5).fill(0.1)]))).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  it('lengths and rates', () => {
    expect(run(signal.centerCrop(2))).toEqual([2, 3, 10, 10]);
    const starts = new Set(
      Array.from({ length: 60 }, (_, seed) => run(signal.randomCrop(2), seed)[0]),
    );
    expect(starts).toEqual(new Set([1, 2, 3]));
    expect(run(signal.randomCrop(9))).toEqual([...ramp.data]);
    expect(run(signal.padTo(6, { value: -1 }))).toEqual([
      1, 2, 3, 4, -1, -1, 10, 10, 10, 10, -1, -1,
    ]);
    expect(run(signal.padTo(6, { at: 'center' })).slice(0, 6)).toEqual([0, 1, 2, 3, 4, 0]);
    expect(run(signal.padTo(5, { at: 'end' })).slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
    const fitted = compose(signal.randomCrop(3), signal.padTo(3))(ramp, stream(1));
    expect(fitted).toMatchObject({ shape: [2, 3], sampleRate: 4 });
    expect(signal.resampleTo(8)(ramp, stream(0))).toMatchObject({ shape: [2, 8], sampleRate: 8 });
    expect(signal.resampleTo(4)(ramp, stream(0))).toBe(ramp);
    expect(run(signal.selectChannels([1]))).toEqual([10, 10, 10, 10]);
  });

  it('jitter and scaling have the spread they say', () => {
    const flat = recordingOf([new Float32Array(20_000).fill(2)]);
    const noise = run(signal.jitter({ std: 0.5 }), 3, flat).map((value) => value - 2);
    expect(Math.abs(noise.reduce((a, b) => a + b, 0) / 20_000)).toBeLessThan(
      (6 * 0.5) / Math.sqrt(20_000),
    );
    expect(Math.sqrt(noise.reduce((a, b) => a + b * b, 0) / 20_000)).toBeCloseTo(0.5, 1);
    const factors = Array.from(
      { length: 500 },
      (_, seed) => run(signal.randomScaling({ std: 0.1 }), seed)[0]!,
    );
    expect(factors.reduce((a, b) => a + b, 0) / 500).toBeCloseTo(1, 1);
    const [first, , , fourth] = run(signal.randomScaling({ std: 0.1 }), 5);
    expect(fourth! / first!).toBeCloseTo(4, 5);
  });

  it('shift wraps or fills', () => {
    const shifted = Array.from({ length: 100 }, (_, seed) =>
      run(signal.randomShift({ max: 1 }), seed)
        .slice(0, 4)
        .join(),
    );
    expect(new Set(shifted)).toEqual(new Set(['1,2,3,4', '4,1,2,3', '2,3,4,1']));
    const filled = Array.from({ length: 100 }, (_, seed) =>
      run(signal.randomShift({ max: 1, fill: 0 }), seed)
        .slice(0, 4)
        .join(),
    );
    expect(new Set(filled)).toEqual(new Set(['1,2,3,4', '0,1,2,3', '2,3,4,0']));
  });

  it('warps are smooth, keep the ends in time, and are none at a spread of 0', () => {
    const line = recordingOf([Float32Array.from({ length: 200 }, (_, i) => i)]);
    for (let seed = 0; seed < 10; seed++) {
      const warped = run(signal.timeWarp({ std: 0.3 }), seed, line);
      expect(warped[0]).toBe(0);
      expect(warped[199]).toBeCloseTo(199, 3);
      expect(warped.every((value, i) => i === 0 || value >= warped[i - 1]!)).toBe(true);
      expect(warped.some((value, i) => Math.abs(value - i) > 1)).toBe(true);
    }
    expect(run(signal.timeWarp({ std: 0 }), 0, line)).toEqual([...line.data]);
    expect(run(signal.magnitudeWarp({ std: 0 }))).toEqual([...ramp.data]);
    const flat = recordingOf([new Float32Array(100).fill(1)]);
    const curve = run(signal.magnitudeWarp(), 2, flat);
    expect(Math.max(...curve.slice(1).map((value, i) => Math.abs(value - curve[i]!)))).toBeLessThan(
      0.1,
    );
    expect(Math.max(...curve) - Math.min(...curve)).toBeGreaterThan(0.05);
  });

  it('splines go through their points, and follow a line', () => {
    const curve = cubicSpline([0, 1, 3, 4], [1, 2, -1, 0]);
    [0, 1, 3, 4].forEach((x, i) => expect(curve(x)).toBeCloseTo([1, 2, -1, 0][i]!, 12));
    // From scipy.interpolate.CubicSpline(…, bc_type='natural').
    expect(curve(2)).toBeCloseTo(0.5, 12);
    expect(cubicSpline([0, 2, 3], [1, 5, 7])(1.3)).toBeCloseTo(3.6, 12);
  });

  it('channelDrop leaves one at least', () => {
    const drops = Array.from({ length: 200 }, (_, seed) =>
      run(signal.channelDrop({ probability: 0.9 }), seed),
    );
    expect(drops.every((data) => data.some((value) => value !== 0))).toBe(true);
    expect(drops.filter((data) => data[0] === 0).length).toBeGreaterThan(60);
  });

  it('are functions of the random numbers', () => {
    for (const step of [
      signal.jitter({ std: 1 }),
      signal.timeWarp(),
      signal.magnitudeWarp(),
      signal.randomScaling({ std: 1 }),
    ]) {
      expect(run(step, 4)).toEqual(run(step, 4));
      expect(run(step, 4)).not.toEqual(run(step, 5));
    }
  });

  it.each([
    ['jitter: expected std as a finite number ≥ 0, got -1', () => signal.jitter({ std: -1 })],
    ['randomCrop: expected length as an integer ≥ 1, got 0.5', () => signal.randomCrop(0.5)],
    ['padTo: expected at as', () => signal.padTo(3, { at: 'middle' as never })],
    [
      'selectChannels: expected numbers below the 2 channels of the recording, got 2',
      () => signal.selectChannels([2])(ramp, stream(0)),
    ],
    ['channelDrop: expected probability', () => signal.channelDrop({ probability: 2 })],
    [
      'minMax: expected range[1] as a finite number above 1, got 0',
      () => signal.minMax({ range: [1, 0] }),
    ],
  ])('say: %s', (message, create) => {
    expect(create).toThrow(ConvnetError);
    expect(create).toThrow(message);
  });
});
