import { BatchNorm, StochasticDepth, summary, type AnyModule } from '@convnet/layers';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { describe, expect, test } from 'vitest';

import * as efficientnet from './index.ts';

const { architectures, compoundScaling, efficientnet_b0, efficientnet_b5, efficientnet_v2_s } =
  efficientnet;

describeShapes(familyOf(import.meta.dirname, efficientnet));

describe('compound scaling', () => {
  // Tan and Le, 2019: the coefficients of their code for b1, b2 and b3.
  test.each([
    [0.5, 1.1, 1, 240],
    [1, 1.2, 1.1, 260],
    [2, 1.4, 1.2, 300],
  ])('φ = %f is near the published network', (phi, depth, width, resolution) => {
    const scaling = compoundScaling(phi);
    expect(scaling.depth).toBeCloseTo(depth, 1);
    expect(scaling.width).toBeCloseTo(width, 1);
    expect(Math.abs(scaling.resolution - resolution)).toBeLessThan(5);
  });

  test('work grows by about 2 to the φ', () => {
    const [small, large] = [0, 4].map((phi) => {
      const scaling = compoundScaling(phi);
      const model = efficientnet.scaledEfficientNet(scaling);
      return summary(model, [1, 3, scaling.resolution, scaling.resolution]).macs;
    });
    const growth = (large! / small!) ** (1 / 4);
    expect(growth).toBeGreaterThan(1.9);
    expect(growth).toBeLessThan(2.3);
  });

  test('φ = 1 and 2 are b2 and b3', () => {
    const parameters = [1, 2].map(
      (phi) =>
        summary(efficientnet.scaledEfficientNet(compoundScaling(phi)), [1, 3, 64, 64]).parameters,
    );
    expect(parameters).toEqual([
      architectures.efficientnet_b2.parameters,
      architectures.efficientnet_b3.parameters,
    ]);
  });
});

function modulesOf(model: AnyModule): AnyModule[] {
  return Array.from(model.namedModules(), ([, module]) => module);
}

describe('options', () => {
  test('the probability of leaving a block out grows from 0 towards stochasticDepthProb', () => {
    const model = efficientnet_b0({ stochasticDepthProb: 0.4 });
    const probabilities = modulesOf(model)
      .filter((module) => module instanceof StochasticDepth)
      .map(({ p }) => p);
    expect(probabilities).toEqual(Array.from({ length: 16 }, (_, i) => (0.4 * i) / 16));
  });

  test('the larger networks have the batch norm of their weights', () => {
    const [b0, b5, v2] = [efficientnet_b0(), efficientnet_b5(), efficientnet_v2_s()].map(
      (model) => {
        const { epsilon, momentum } = modulesOf(model).find(
          (module) => module instanceof BatchNorm,
        )!;
        return [epsilon, momentum];
      },
    );
    expect(b0).toEqual([1e-5, 0.1]);
    expect(b5).toEqual([1e-3, 0.01]);
    expect(v2).toEqual([1e-3, 0.1]);
  });

  test("the stem 'cifar' keeps the extent", () => {
    const { features } = efficientnet_b0({ stem: 'cifar' });
    expect(evalShape(features, [1, 3, 32, 32])).toEqual([1, 1280, 2, 2]);
  });
});
