import * as ops from '@convnet/tensor-core/ops';
import { fixed, uniform } from '../inputs.ts';
import { nearly, numbers, positions, type Sketchers } from './sketch.ts';
import type { Choices } from './choices.ts';

const reduction = (c: Choices): { reduction?: ops.Reduction } =>
  c.some({ reduction: c.pick(['mean', 'sum', 'none'] as const) });

type Regression = (
  x: Parameters<typeof ops.mseLoss>[0],
  target: Parameters<typeof ops.mseLoss>[1],
  option: number,
  options: ops.LossOptions,
) => ReturnType<typeof ops.mseLoss>;

const regression =
  (loss: Regression, low = -2, high = 2) =>
  (c: Choices): ReturnType<Sketchers[string]> => {
    const shape = c.shape(c.integer(0, 3));
    const option = c.option([1, 0.4]);
    const options = reduction(c);
    return {
      inputs: [numbers(c, shape, low, high), uniform(nearly(c, shape), 0, 1)],
      body: (x, target) => loss(x, target, option, options),
    };
  };

export const lossSketches: Sketchers = {
  crossEntropy: (c) => {
    const shape = [c.extent(4), c.integer(1, 5), ...c.shape(c.integer(0, 2))];
    const soft = c.once(4);
    const labels = nearly(
      c,
      shape.filter((_, axis) => axis !== 1),
    );
    const weighted = c.once(3);
    const options = {
      ...reduction(c),
      ...c.some({ labelSmoothing: c.option([0.1, 0.4]), ignoreIndex: c.option([0, -1, 2]) }),
    };
    return {
      inputs: [
        numbers(c, shape, -4, 4),
        soft ? fixed(uniform(nearly(c, shape), 0, 1)) : positions(c, labels, shape[1]!),
        fixed(uniform(nearly(c, [shape[1]!]), 0.2, 2)),
      ],
      body: (x, target, weight) =>
        ops.crossEntropy(x, target, weighted ? { ...options, weight } : options),
    };
  },
  nllLoss: (c) => {
    const shape = [c.extent(4), c.integer(1, 5), ...c.shape(c.integer(0, 2))];
    const labels = nearly(
      c,
      shape.filter((_, axis) => axis !== 1),
    );
    const weighted = c.once(3);
    const options = { ...reduction(c), ...c.some({ ignoreIndex: c.option([0, -1, 2]) }) };
    return {
      inputs: [
        numbers(c, shape, -4, 0),
        positions(c, labels, shape[1]!),
        fixed(uniform(nearly(c, [shape[1]!]), 0.2, 2)),
      ],
      body: (x, target, weight) =>
        ops.nllLoss(x, target, weighted ? { ...options, weight } : options),
    };
  },
  marginLoss: (c) => {
    const [batch, classes] = [c.extent(4), c.integer(1, 5)];
    const options = {
      ...reduction(c),
      ...c.some({ upperMargin: c.option([0.9, 0.7]), absentWeight: c.option([0.5, 1]) }),
    };
    return {
      inputs: [
        numbers(c, nearly(c, [batch, classes]), 0, 1),
        positions(c, nearly(c, [batch]), classes),
      ],
      body: (x, target) => ops.marginLoss(x, target, options),
    };
  },
  mseLoss: regression((x, target, _, options) => ops.mseLoss(x, target, options)),
  l1Loss: regression((x, target, _, options) => ops.l1Loss(x, target, options)),
  huberLoss: regression((x, target, delta, options) =>
    ops.huberLoss(x, target, { ...options, delta }),
  ),
  smoothL1Loss: regression((x, target, beta, options) =>
    ops.smoothL1Loss(x, target, { ...options, beta }),
  ),
  klDiv: regression((x, target, _, options) => ops.klDiv(x, target, options), -4, 0),
  binaryCrossEntropy: regression(
    (x, target, _, options) => ops.binaryCrossEntropy(x, target, options),
    0.01,
    0.99,
  ),
  binaryCrossEntropyWithLogits: regression((x, target, _, options) =>
    ops.binaryCrossEntropyWithLogits(x, target, options),
  ),
  sigmoidFocalLoss: regression((x, target, gamma, options) =>
    ops.sigmoidFocalLoss(x, target, { ...options, gamma }),
  ),
};
