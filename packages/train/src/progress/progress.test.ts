import { DataLoader } from '@convnet/data';
import { Adam } from '@convnet/optim';
import { ArgumentError, manualSeed } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import events from '../../fixtures/events.json' with { type: 'json' };
import { fit } from '../fit/fit.ts';
import type { FitOptions } from '../fit/options.ts';
import type { Callback, StepReport } from '../fit/reports.ts';
import { F1Score } from '../metrics/index.ts';
import { perceptron, quadrants } from '../testing/test-support.ts';
import { crc32c } from './crc32c.ts';
import { scalarsRecord, versionRecord } from './event-record.ts';
import { formatNumber, formatRate, formatSeconds, grouped } from './format.ts';
import { jsonLines, progress, tensorBoard } from './index.ts';

const device = reference();

async function run(callback: Callback, more: Partial<FitOptions> = {}): Promise<void> {
  manualSeed(1);
  const model = perceptron(device);
  const loader = new DataLoader(quadrants(32), { batchSize: 8, device });
  await fit(model, {
    train: loader,
    test: loader,
    metrics: [new F1Score()],
    optimizer: new Adam(model.parameters(), { learningRate: 0.01 }),
    epochs: 2,
    checkEvery: 1,
    callbacks: [callback],
    ...more,
  });
}

/** Text in which what depends on the clock is gone. */
function timeless(text: string): string {
  return text.replaceAll(/[\d.,]+ samples\/s|[\d.:]+( s)? left|[\d.:]+ s\b/g, '…');
}

describe('progress', () => {
  test('without a terminal there are plain lines', async () => {
    const lines: string[] = [];
    await run(progress({ write: (text) => lines.push(text) }));
    expect(lines.map(timeless)).toEqual([
      '82 parameters, 2 epochs of 4 steps\n',
      expect.stringMatching(
        /^epoch 1\/2  loss [\d.]+  test loss [\d.]+  accuracy [\d.]+ %  f1 [\d.]+  …  …\n$/,
      ) as string,
      expect.stringMatching(/^epoch 2\/2  loss [\d.]+ .*…  …\n$/) as string,
      'done after 8 steps in …\n',
    ]);
  });

  test('lines come within an epoch too where it takes long', async () => {
    const lines: string[] = [];
    await run(progress({ write: (text) => lines.push(text) }, { everySeconds: 1e-9 }));
    expect(lines.map(timeless).filter((line) => line.includes('step '))).toEqual(
      [1, 2, 3, 1, 2, 3].map((step, i) =>
        expect.stringMatching(
          new RegExp(`^epoch ${i < 3 ? 1 : 2}/2  step ${step}/4  loss [\\d.]+  …  …\n$`),
        ),
      ),
    );
  });

  test('in a terminal a bar is drawn over, no wider than it, and gives way to the line of the epoch', async () => {
    const written: string[] = [];
    const sink = { write: (text: string) => written.push(text), isTTY: true, columns: 60 };
    await run(progress(sink));
    const bars = written.filter(
      (text) => text.startsWith('\r\u001B[2Kepoch') && !text.endsWith('\n'),
    );
    expect(bars.length).toBeGreaterThanOrEqual(2);
    for (const bar of bars) expect(bar.length - '\r\u001B[2K'.length).toBeLessThan(60);
    expect(bars.at(-1)).toContain('━ 4/4  loss ');
    expect(written.at(-2)).toMatch(/^.*Kepoch 2\/2 {2}loss .*\n$/s);
    expect(written.at(-1)).toMatch(/^done after 8 steps/);
  });

  test('a narrow terminal has room for the essential', () => {
    const written: string[] = [];
    const sink = { write: (text: string) => written.push(text), isTTY: true, columns: 24 };
    const bar = progress(sink);
    bar.onStep!({
      epoch: 1,
      epochs: 10,
      step: 5,
      steps: 5,
      totalSteps: 5,
      loss: 1,
      values: {},
      samples: 1,
      samplesPerSecond: 1,
      learningRates: [],
      secondsLeft: 1,
    } satisfies StepReport);
    expect(written[0]!.slice('\r\u001B[2K'.length)).toMatch(/^epoch 1\/10 ━* 5\/5$/);
  });

  test('says why a run ended, and which epoch was best', async () => {
    const lines: string[] = [];
    const sink = { write: (text: string) => lines.push(text) };
    await run(progress(sink), { earlyStopping: { patience: 1, minDelta: 10 }, epochs: 9 });
    expect(timeless(lines.at(-1)!)).toMatch(
      /^stopped, as there was no improvement any more after 8 steps in …; best loss [\d.]+ in epoch 1\n$/,
    );
    expect(lines[1]).toContain('  best\n');
    await run(progress(sink), { maxSamples: 8 });
    expect(lines.at(-1)).toMatch(/^stopped, as the samples were spent after 1 step in /);
    const failing: Callback = {
      onStep: () => {
        throw new Error('no more');
      },
    };
    await run(progress(sink), { callbacks: [failing, progress(sink)] }).catch(() => undefined);
    expect(lines.at(-1)).toBe('stopped after 1 step by an error: no more\n');
  });
});

test('numbers as people read them', () => {
  expect([grouped(0), grouped(999), grouped(1000), grouped(1234567)]).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567',
  ]);
  expect([7.14159, 1234.56, 0, 1e-5, 2.5e7, -0.5, Number.NaN].map(formatNumber)).toEqual([
    '7.142',
    '1234.6',
    '0',
    '1.00e-5',
    '2.50e+7',
    '-0.5',
    'NaN',
  ]);
  expect([0.123, 12.34, 1234.5, Infinity].map(formatRate)).toEqual(['0.12', '12.3', '1,235', '–']);
  expect([0.25, 42, 187, 7387, Infinity].map(formatSeconds)).toEqual([
    '0.3 s',
    '42 s',
    '3:07',
    '2:03:07',
    '?',
  ]);
});

test('JSON lines: one object for each event, numbers that JSON lacks as null', async () => {
  const lines: string[] = [];
  await run(
    jsonLines(
      async (line) => {
        await Promise.resolve();
        lines.push(line);
      },
      { everySteps: 3 },
    ),
  );
  const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n'))).toBe(
    true,
  );
  expect(objects.map(({ event }) => event)).toEqual([
    'start',
    'step',
    'epoch',
    'step',
    'epoch',
    'end',
  ]);
  expect(objects[1]).toMatchObject({ totalSteps: 3, epoch: 1, learningRates: [0.01] });
  expect(objects[2]).toMatchObject({ epoch: 1, test: { samples: 32 } });
  expect(objects[5]).toMatchObject({ stopped: 'epochs', totalSteps: 8 });
  expect(Date.parse(objects[0]!['time'] as string)).toBeGreaterThan(0);

  lines.length = 0;
  const loss = (): never => {
    throw new TypeError('broken');
  };
  await run(
    jsonLines((line) => lines.push(line)),
    { loss, metrics: [] },
  ).catch(() => undefined);
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    event: 'end',
    stopped: null,
    error: { name: 'TypeError', message: 'broken' },
  });
});

describe('TensorBoard', () => {
  test('the checksum is that of RFC 3720, B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  test('records have the bytes that its own writer gives', () => {
    const spoken: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity };
    const records = [
      versionRecord(events.time),
      ...events.points.map(({ step, time, values }) =>
        scalarsRecord(
          Object.fromEntries(
            Object.entries(values as Record<string, number | string>).map(([tag, value]) => [
              tag,
              typeof value === 'string' ? spoken[value]! : value,
            ]),
          ),
          step,
          time,
        ),
      ),
    ];
    const bytes = Buffer.concat(records);
    expect(bytes.toString('base64')).toBe(events.bytes);
  });

  test('has curves of steps, epochs and tests', async () => {
    const records: Uint8Array[] = [];
    await run(tensorBoard((bytes) => records.push(bytes), { everySteps: 2 }));
    const texts = records.map((bytes) => new TextDecoder('latin1').decode(bytes));
    expect(texts).toHaveLength(1 + 4 + 2);
    expect(texts[1]).toContain('train/loss');
    expect(texts[1]).toContain('train/learning_rate');
    expect(texts[3]).toContain('test/accuracy');
    expect(texts[3]).toContain('test/f1');
  });
});

describe('refuses', () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => progress(null as never),
      'progress: expected a place to write to, such as process.stderr, got null',
    ],
    [() => progress({ write: () => 0 }, { every: 1 } as never), "there is no option 'every'"],
    [
      () => progress({ write: () => 0 }, { everySeconds: 0 }),
      'expected everySeconds as a number above 0',
    ],
    [
      () => jsonLines('a.jsonl' as never),
      "jsonLines: expected a function that takes lines, got 'a.jsonl'",
    ],
    [
      () => jsonLines(() => 0, { everySteps: 0 }),
      'expected everySteps as an integer ≥ 1, or Infinity, got 0',
    ],
    [
      () => tensorBoard('runs' as never),
      "tensorBoard: expected a function that takes bytes, got 'runs'",
    ],
    [() => tensorBoard(() => 0, { steps: 1 } as never), "there is no option 'steps'"],
  ];
  test.each(cases)('case %#', (make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});
