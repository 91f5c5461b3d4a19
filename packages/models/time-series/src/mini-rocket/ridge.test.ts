import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { hashedValues } from '@convnet/model-testing';
import { ArgumentError, ShapeError } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { ridgeClassifier } from './ridge.ts';

/** What scripts/ridge.py wrote. */
interface RidgeFixture {
  readonly samples: number;
  readonly features: number;
  readonly classes: number;
  readonly alpha: number;
  /** Of the samples it was fitted to, [samples, classes], or [samples] of two classes. */
  readonly decision: readonly number[];
}

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'ridge');

/** As scripts/ridge.py makes them. */
function samplesOf(name: string, { samples, features, classes }: RidgeFixture): Float32Array {
  const values = hashedValues(name, samples * features);
  return values.map((value, i) => {
    const [row, column] = [Math.floor(i / features), i % features];
    const moved = column === 0 ? value + 0.5 * (row % classes) : column === 1 ? 0.25 : value;
    return moved * (1 + column);
  });
}

describe('ridgeClassifier', () => {
  test.each(readdirSync(folder))('%s: as scikit-learn', (file) => {
    const fixture = JSON.parse(readFileSync(join(folder, file), 'utf8')) as RidgeFixture;
    const { samples, features, classes, alpha, decision } = fixture;
    const x = samplesOf(file.replace('.json', ''), fixture);
    const labels = Int32Array.from({ length: samples }, (_, i) => i % classes);
    const found = ridgeClassifier(x, labels, classes);
    expect(found.alpha / alpha).toBeCloseTo(1, 10);
    const logit = (i: number, k: number): number => {
      let sum = found.bias[k]!;
      for (let j = 0; j < features; j++) {
        sum += x[i * features + j]! * found.weight[k * features + j]!;
      }
      return sum;
    };
    for (let i = 0; i < samples; i++) {
      for (let k = 0; k < classes; k++) {
        const expected =
          classes === 2 ? (k === 1 ? decision[i]! : -decision[i]!) : decision[i * classes + k]!;
        expect(logit(i, k)).toBeCloseTo(expected, 4);
      }
    }
  });

  test('refuses what is no set of samples', () => {
    const features = new Float32Array(6);
    expect(() => ridgeClassifier(features, [0, 1, 0, 1], 2)).toThrow(ShapeError);
    expect(() => ridgeClassifier(features, [0], 2)).toThrow(
      'ridgeClassifier: expected the features of at least 2 samples, got 6 numbers for 1 labels',
    );
    expect(() => ridgeClassifier(features, [0, 2, 1], 2)).toThrow(
      'ridgeClassifier: expected labels from 0 to 1, got 2 for sample 1',
    );
    expect(() => ridgeClassifier(features, [0, 1, 1], 2, [1, 0])).toThrow(ArgumentError);
    expect(() => ridgeClassifier(features, [0, 1, 1], 2, [])).toThrow(ArgumentError);
  });
});
