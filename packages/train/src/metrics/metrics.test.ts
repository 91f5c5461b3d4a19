import { ArgumentError } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import expected from '../../fixtures/metrics.json' with { type: 'json' };
import {
  Accuracy,
  accuracy,
  calibration,
  CalibrationError,
  confusionMatrix,
  F1Score,
  MeanAbsoluteError,
  meanAbsoluteError,
  meanSquaredError,
  metricOf,
  perClass,
  Precision,
  precisionRecallF1,
  R2Score,
  r2Score,
  Recall,
  RocAuc,
  rocAuc,
  rocCurve,
  RootMeanSquaredError,
  rootMeanSquaredError,
  TopKAccuracy,
  topKAccuracy,
  type Metric,
} from './index.ts';
import { softmaxRows } from './decisions.ts';

const averages = ['macro', 'micro', 'weighted'] as const;

function close(value: number, wanted: number, what?: string): void {
  expect(Math.abs(value - wanted), `${what}: ${value} for ${wanted}`).toBeLessThan(1e-12);
}

/** What a metric says after batches of 7 samples. */
function inBatches(
  metric: Metric,
  outputs: readonly number[],
  columns: number,
  targets: readonly number[],
  targetColumns?: number,
): number {
  metric.reset();
  const samples = outputs.length / columns;
  const width = targetColumns ?? 1;
  for (let start = 0; start < samples; start += 7) {
    const end = Math.min(samples, start + 7);
    const count = end - start;
    metric.update(
      { data: outputs.slice(start * columns, end * columns), shape: [count, columns] },
      {
        data: targets.slice(start * width, end * width),
        shape: targetColumns === undefined ? [count] : [count, width],
      },
    );
  }
  return metric.compute();
}

describe.each(expected.several.map((c, i) => [i, c] as const))(
  'one class a sample, case %i, equals scikit-learn',
  (_, wanted) => {
    const { labels, logits, predictions } = wanted;
    const classes = logits.length / labels.length;
    const probabilities = softmaxRows(logits, classes);

    test('accuracy, top k, confusion', () => {
      close(accuracy(labels, predictions), wanted.accuracy);
      close(inBatches(new Accuracy(), logits, classes, labels), wanted.accuracy);
      for (const [k, value] of Object.entries(wanted.topK)) {
        close(topKAccuracy(labels, logits, Number(k)), value);
        close(inBatches(new TopKAccuracy(Number(k)), logits, classes, labels), value);
      }
      const matrix = confusionMatrix(labels, predictions, { numClasses: classes });
      expect(matrix.rows).toEqual(wanted.confusion);
    });

    test('precision, recall and F1', () => {
      for (const average of averages) {
        const got = precisionRecallF1(labels, predictions, { average });
        for (const [name, Metric] of [
          ['precision', Precision],
          ['recall', Recall],
          ['f1', F1Score],
        ] as const) {
          close(got[name], wanted.average[average][name], `${average} ${name}`);
          const metric = new Metric({ average });
          close(inBatches(metric, logits, classes, labels), wanted.average[average][name]);
        }
      }
      perClass(labels, predictions).forEach((figures, c) => {
        const of = wanted.perClass[c]!;
        expect(figures.support).toBe(of.support);
        for (const name of ['precision', 'recall', 'f1'] as const) close(figures[name], of[name]);
      });
    });

    test('calibration', () => {
      for (const [bins, of] of Object.entries(wanted.calibration)) {
        const got = calibration(labels, probabilities, { bins: Number(bins) });
        close(got.ece, of.ece);
        close(got.mce, of.mce);
        expect(got.bins.map(({ samples }) => samples)).toEqual(of.bins.map((bin) => bin.samples));
        got.bins.forEach((bin, i) => {
          close(bin.confidence, of.bins[i]!.confidence);
          close(bin.accuracy, of.bins[i]!.accuracy);
        });
        const metric = new CalibrationError({ bins: Number(bins) });
        close(inBatches(metric, logits, classes, labels), of.ece);
      }
    });

    test('ROC AUC', () => {
      expect(Object.keys(wanted.rocAuc ?? {})).toHaveLength('rocAuc' in wanted ? 5 : 0);
      for (const [name, value] of Object.entries(wanted.rocAuc ?? {})) {
        const [multiClass, average] = name.split(' ') as ['ovr' | 'ovo', (typeof averages)[number]];
        close(rocAuc(labels, probabilities, { multiClass, average }), value, name);
        const metric = new RocAuc({ multiClass, average });
        close(inBatches(metric, logits, classes, labels), value, name);
      }
    });
  },
);

test.each(expected.binary.map((c, i) => [i, c] as const))(
  'one score a sample, case %i, equals scikit-learn',
  (_, wanted) => {
    const { labels, probabilities } = wanted;
    close(rocAuc(labels, probabilities), wanted.rocAuc);
    const curve = rocCurve(labels, probabilities);
    expect(curve).toHaveLength(wanted.falsePositiveRates.length);
    curve.forEach((point, i) => {
      close(point.falsePositiveRate, wanted.falsePositiveRates[i]!);
      close(point.truePositiveRate, wanted.truePositiveRates[i]!);
    });
    const got = calibration(labels, probabilities, { bins: 10 });
    close(got.ece, wanted.calibration.ece);
    expect(got.bins.map(({ samples }) => samples)).toEqual(
      wanted.calibration.bins.map(({ samples }) => samples),
    );
  },
);

test.each(expected.multiLabel.map((c, i) => [i, c] as const))(
  'several labels a sample, case %i, equals scikit-learn',
  (_, wanted) => {
    const { labels, logits, predictions, numLabels } = wanted;
    close(inBatches(new Accuracy(), logits, numLabels, labels, numLabels), wanted.accuracy);
    for (const average of averages) {
      const got = precisionRecallF1(labels, predictions, { average, numLabels });
      for (const name of ['precision', 'recall', 'f1'] as const) {
        close(got[name], wanted.average[average][name], `${average} ${name}`);
      }
      const metric = new F1Score({ average });
      close(inBatches(metric, logits, numLabels, labels, numLabels), wanted.average[average].f1);
      close(rocAuc(labels, logits, { average, numLabels }), wanted.rocAuc[average]);
      const area = new RocAuc({ average });
      close(inBatches(area, logits, numLabels, labels, numLabels), wanted.rocAuc[average]);
    }
    perClass(labels, predictions, { numLabels }).forEach((figures, c) => {
      close(figures.f1, wanted.perClass[c]!.f1);
      expect(figures.support).toBe(wanted.perClass[c]!.support);
    });
  },
);

test.each(expected.regression.map((c, i) => [i, c] as const))(
  'regression, case %i, equals scikit-learn',
  (_, wanted) => {
    const { targets, predictions, outputs } = wanted;
    const near = (value: number, of: number): void => expect(value).toBeCloseTo(of, 10);
    near(meanAbsoluteError(targets, predictions), wanted.mae);
    near(meanSquaredError(targets, predictions), wanted.mse);
    near(rootMeanSquaredError(targets, predictions), wanted.rmse);
    near(r2Score(targets, predictions, outputs), wanted.r2);
    const run = (metric: Metric): number =>
      inBatches(metric, predictions, outputs, targets, outputs);
    near(run(new MeanAbsoluteError()), wanted.mae);
    near(run(new RootMeanSquaredError()), wanted.rmse);
    near(run(new R2Score()), wanted.r2);
  },
);

describe('where there is little to say', () => {
  test('of one class only there is no area', () => {
    expect(rocAuc([1, 1], [0.2, 0.7])).toBeNaN();
    expect(rocAuc([0, 1], [Number.NaN, 0.7])).toBeNaN();
    // The class that nobody has does not count.
    expect(rocAuc([0, 1, 1], [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.3, 0.6, 0.1])).toBe(1);
  });

  test('a score that is no number is never right', () => {
    const nan = Number.NaN;
    expect(topKAccuracy([0, 1], [nan, 0, 0, nan], 1)).toBe(0);
    expect(topKAccuracy([1, 0], [nan, 0, 0, nan], 2)).toBe(1);
  });

  test('of equal scores the first counts as greatest, as in argmax', () => {
    expect(topKAccuracy([0, 1], [1, 1, 1, 1], 1)).toBe(0.5);
    expect(topKAccuracy([0, 1], [1, 1, 1, 1], 2)).toBe(1);
  });

  test('before the first batch a metric is NaN', () => {
    for (const metric of [
      new Accuracy(),
      new TopKAccuracy(2),
      new F1Score(),
      new RocAuc(),
      new CalibrationError(),
      new MeanAbsoluteError(),
      new RootMeanSquaredError(),
      new R2Score(),
      metricOf('x', 'min', () => 0),
    ]) {
      expect(metric.compute()).toBeNaN();
    }
  });

  test('a metric forgets on reset', () => {
    const metric = metricOf('mean', 'max', ({ data }) => data[0]!);
    metric.update({ data: [1], shape: [1] }, { data: [1], shape: [1] });
    metric.reset();
    metric.update({ data: [2], shape: [1] }, { data: [1], shape: [1] });
    expect(metric.compute()).toBe(2);
  });
});

test('decisions of each place: logits [N, C, L] and classes [N, L]', () => {
  const metric = new Accuracy();
  // Two places: the first says class 1, the second class 0.
  metric.update({ data: [0, 3, 2, 1], shape: [1, 2, 2] }, { data: [1, 0], shape: [1, 2] });
  expect(metric.compute()).toBe(1);
  metric.update({ data: [0, 3, 2, 1], shape: [1, 2, 2] }, { data: [1, 1], shape: [1, 2] });
  expect(metric.compute()).toBe(0.75);
});

describe('a confusion matrix', () => {
  const matrix = confusionMatrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], {
    classes: ['cat', 'dog & wolf', '<bird>'],
  });

  test('is printed with names and recalls', () => {
    expect(String(matrix)).toBe(
      [
        'true \\ predicted  cat  dog & wolf  <bird>   recall',
        'cat                 1           1       ·   50.0 %',
        'dog & wolf          ·           1       ·  100.0 %',
        '<bird>              1           ·       2   66.7 %',
      ].join('\n'),
    );
  });

  test('is a picture in which each field has its title, and names are escaped', () => {
    const svg = matrix.toSVG();
    expect(svg.match(/<title>/g)).toHaveLength(9);
    expect(svg).toContain('<title>cat as dog &amp; wolf: 1 (50.0 %)</title>');
    expect(svg).toContain('&lt;bird&gt;</text>');
    expect(svg).not.toContain('<bird>');
  });
});

describe('refuses', () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => accuracy([0, 1], [0]), 'accuracy: expected as many predictions as labels, got 1 and 2'],
    [() => accuracy([], []), 'accuracy: expected at least one of labels'],
    [
      () => accuracy('01' as never, [0]),
      'accuracy: expected labels as a list of numbers, got string',
    ],
    [() => accuracy(['a'] as never, [0]), "got ['a']"],
    [() => topKAccuracy([0], [1, 2], 0), 'topKAccuracy: expected k as an integer ≥ 1, got 0'],
    [() => topKAccuracy([2], [1, 2], 1), 'expected labels from 0 to 1, got 2 at 0'],
    [
      () => topKAccuracy([0, 1], [1, 2, 3], 1),
      'expected a row of scores for each of 2 labels, got 3',
    ],
    [
      () => confusionMatrix([0.5], [0]),
      'confusionMatrix: expected labels from 0 to 0.5'.slice(0, 32),
    ],
    [
      () => confusionMatrix([0], [1], { classes: ['a'] }),
      'expected predictions from 0 to 0, got 1',
    ],
    [() => confusionMatrix([0], [0], { labels: 1 } as never), "there is no option 'labels'"],
    [() => precisionRecallF1([0], [0], { average: 'mean' as never }), "got 'mean'"],
    [() => precisionRecallF1([0, 2], [0, 1], { numLabels: 2 }), 'expected labels as 0 or 1, got 2'],
    [() => rocAuc([0, 2], [0.1, 0.2]), 'rocAuc: expected labels as 0 or 1, got 2 at 1'],
    [
      () => rocAuc([0], [1, 0], { multiClass: 'all' as never }),
      "expected multiClass as one of 'ovr', 'ovo'",
    ],
    [
      () => rocAuc([0, 1], [1, 0, 0, 1], { multiClass: 'ovo', average: 'micro' }),
      "with 'ovo', got 'micro'",
    ],
    [
      () => calibration([0], [3, -1]),
      'expected probabilities from 0 to 1 (softmax of logits), got 3 at 0',
    ],
    [
      () => calibration([0], [1, 0], { bins: 0 }),
      'expected bins as an integer ≥ 1, of at most 1048576, got 0',
    ],
    [
      () => r2Score([1, 2, 3], [1, 2, 3], 2),
      'expected outputs as the length of the rows of 3 targets, got 2',
    ],
    [() => new TopKAccuracy(1.5), 'TopKAccuracy: expected k'],
    [() => new Accuracy({ limit: 1 } as never), "Accuracy: there is no option 'limit'"],
    [() => new F1Score({ average: 'none' as never }), 'F1Score: expected average'],
    [
      () => new Accuracy().update({ data: [1, 2], shape: [1, 2] }, { data: [1, 2], shape: [2] }),
      'Accuracy: expected logits [N, classes, …] with classes [N, …], or with 0s and 1s of the same shape, got [1, 2] and [2]',
    ],
    [
      () =>
        new MeanAbsoluteError().update(
          { data: [1, 2], shape: [1, 2] },
          { data: [1, 2], shape: [2] },
        ),
      'MeanAbsoluteError: expected outputs and targets of one shape, got [1, 2] and [2]',
    ],
  ];
  test.each(cases)('case %#', (run, message) => {
    expect(run).toThrow(ArgumentError);
    expect(run).toThrow(message);
  });
});
