import { Dropout, type Layer } from '@convnet/layers';
import {
  Adam,
  clipGradNorm,
  CosineAnnealingLR,
  ExponentialMovingAverage,
  SGD,
  type Optimizer,
} from '@convnet/optim';
import {
  add,
  capture,
  checkpoint,
  ConvnetError,
  crossEntropy,
  manualSeed,
  mul,
  ones,
  square,
  sum,
  tensor,
  type Device,
  Tensor,
  type StateValue,
} from '@convnet/tensor-core';

import { labels, leaf, network, values, weightsOf, type Job } from './support.ts';

/** `steps` steps, as they are or captured; `between` is called before each. */
async function train(
  device: Device,
  isCaptured: boolean,
  {
    make = (model: Layer): Optimizer => new Adam(model.parameters(), { learningRate: 0.01 }),
    body = (model: Layer, x: Tensor): Tensor => model.forward(x),
    steps = 6,
    batch = (_step: number): number => 4,
    between = async (_step: number, _model: Layer, _optimizer: Optimizer): Promise<void> => {},
  } = {},
): Promise<number[]> {
  const model = await network(device);
  const optimizer = make(model);
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = crossEntropy(body(model, x), y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  const captured = isCaptured ? capture(step) : null;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    await between(i, model, optimizer);
    const n = batch(i);
    const loss = (captured ?? step)(values([n, 2, 8], device, `batch ${i}`), labels(n, 3, device));
    losses.push(await loss.item());
  }
  captured?.dispose();
  return [...losses, ...(await weightsOf(model))];
}

/** A training whose captured form must give what the eager one gives. */
const captured =
  (options: Parameters<typeof train>[2] = {}, before: () => void = () => {}): Job =>
  async (device, { same }) => {
    before();
    const eager = await train(device, false, options);
    before();
    await same('captured against eager', await train(device, true, options), eager);
  };

const drop = new Dropout(0.5);
const dropping = (x: Tensor): Tensor => drop.forward(x);

/** Steps of training that are captured, against the same ones run as they are. */
export const stepJobs: Readonly<Record<string, Job>> = {
  'a captured step in a captured step': async (device, { same }) => {
    const inner = capture((x: Tensor) => mul(x, 3), { otherwise: 'eager' });
    const outer = capture((x: Tensor) => add(inner(x), 1), { otherwise: 'eager' });
    for (let i = 1; i < 5; i++)
      await same(`call ${i}`, outer(tensor([i], [1], { device })), [3 * i + 1]);
    for (let i = 1; i < 5; i++)
      await same(`inner ${i}`, inner(tensor([i], [1], { device })), [3 * i]);
    outer.dispose();
    inner.dispose();
  },

  'checkpoint in captured steps': captured({
    body: (model, x) => checkpoint((y) => model.forward(y), leaf(x)),
  }),

  'checkpoint in checkpoint': async (device, { same }) => {
    const gradientsOf = async (isSaving: boolean): Promise<number[]> => {
      const model = await network(device);
      const x = values([4, 2, 8], device);
      x.requiresGrad = true;
      const inner = (y: Tensor): Tensor => square(model.forward(y));
      const outer = (y: Tensor): Tensor =>
        sum(isSaving ? checkpoint(inner, mul(y, 2)) : inner(mul(y, 2)));
      (isSaving ? checkpoint(outer, x) : outer(x)).backward();
      const found = [...(await x.grad!.data())];
      for (const p of model.parameters()) found.push(...(await p.grad!.data()));
      return found;
    };
    await same('gradients', await gradientsOf(true), await gradientsOf(false));
  },

  'a failure between steps': captured({
    between: async (step, model, optimizer) => {
      if (step !== 3) return;
      const { device } = model.parameters()[0]!;
      try {
        crossEntropy(model.forward(values([4, 3, 8], device)), labels(4, 3, device)).backward();
        optimizer.step();
      } catch (error) {
        if (!(error instanceof ConvnetError)) throw error;
      }
      return Promise.resolve();
    },
  }),

  'two optimisers on the halves of a model': captured({
    make: (model) => {
      const all = model.parameters();
      const halves = [
        new SGD(all.slice(0, 3), { learningRate: 0.05, momentum: 0.9 }),
        new Adam(all.slice(3), { learningRate: 0.01 }),
      ];
      const both = {
        zeroGrad: () => halves.forEach((one) => one.zeroGrad()),
        step: () => halves.forEach((one) => one.step()),
      };
      return both as unknown as Optimizer;
    },
  }),

  'two optimisers on the same weights': captured({
    make: (model) => {
      const two = [
        new SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9 }),
        new Adam(model.parameters(), { learningRate: 0.01 }),
      ];
      return {
        zeroGrad: () => two.forEach((one) => one.zeroGrad()),
        step: () => two.forEach((one) => one.step()),
      } as unknown as Optimizer;
    },
  }),

  'batches that change, an empty one among them, captured': captured({
    batch: (i) => [4, 1, 4, 3, 1, 4][i]!,
    make: (model) => new SGD(model.parameters(), { learningRate: 0.01 }),
  }),

  'dropout captured, by seed': captured({ body: (model, x) => model.forward(dropping(x)) }, () =>
    manualSeed(7),
  ),

  'schedule, clipping and accumulation captured': async (device, { same }) => {
    const run = async (isCaptured: boolean): Promise<number[]> => {
      let schedule: CosineAnnealingLR | null = null;
      return train(device, isCaptured, {
        make: (model) => {
          const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
          schedule = new CosineAnnealingLR(optimizer, { totalSteps: 6 });
          const parameters = model.parameters();
          return {
            zeroGrad: () => optimizer.zeroGrad(),
            step: () => {
              clipGradNorm(parameters, 0.5);
              optimizer.step();
            },
          } as unknown as Optimizer;
        },
        between: async (i) => {
          if (i > 0) schedule!.step();
          return Promise.resolve();
        },
      });
    };
    await same('captured against eager', await run(true), await run(false));
  },

  'freezing in the middle': captured({
    between: async (i, model) => {
      if (i === 2) model.freeze('0');
      if (i === 4) model.unfreeze('0');
      return Promise.resolve();
    },
  }),

  'evaluation in the middle': captured({
    between: async (i, model) => {
      if (i === 3) model.eval();
      if (i === 5) model.train();
      return Promise.resolve();
    },
  }),

  'weights loaded in the middle': captured({
    between: async (i, model) => {
      if (i !== 3) return;
      const { device } = model.parameters()[0]!;
      await model.loadStateDict((await network(device)).stateDict());
    },
  }),

  "the optimiser's state loaded in the middle": async (device, { same }) => {
    const run = async (isCaptured: boolean): Promise<number[]> => {
      let held: Map<string, StateValue> | null = null;
      return train(device, isCaptured, {
        between: async (i, _, optimizer) => {
          if (i === 2) {
            held = new Map();
            for (const [key, value] of optimizer.stateDict()) {
              held.set(key, value instanceof Tensor ? mul(value, 1) : value);
            }
          }
          if (i === 4) await optimizer.loadStateDict(held!);
        },
      });
    };
    await same('captured against eager', await run(true), await run(false));
  },

  'a captured step of two devices': async (device, { refuses, same }, other) => {
    const there = await other();
    const w = ones([3], { device: there });
    await refuses(
      'mixed',
      () => capture((x: Tensor) => add(x, w))(ones([3], { device })),
      'device',
    );
    const steps = [device, there].map((on) => {
      const own = ones([3], { device: on });
      return { on, step: capture((x: Tensor) => add(mul(x, 2), own)) };
    });
    for (let i = 0; i < 4; i++) {
      for (const { on, step } of steps) {
        await same(`turn ${i}`, step(tensor([i, i, i], [3], { device: on })), [
          2 * i + 1,
          2 * i + 1,
          2 * i + 1,
        ]);
      }
    }
  },

  'an average updated in captured steps': async (device, { same }) => {
    const run = async (isCaptured: boolean): Promise<number[]> => {
      const model = await network(device);
      const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
      const average = new ExponentialMovingAverage(model.stateDict(), { decay: 0.9 });
      const step = (x: Tensor, y: Tensor): Tensor => {
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        average.update();
        return loss.detach();
      };
      const run = isCaptured ? capture(step) : step;
      for (let i = 0; i < 5; i++) run(values([4, 2, 8], device, `b${i}`), labels(4, 3, device));
      return average.with(() => weightsOf(model));
    };
    await same('captured against eager', await run(true), await run(false));
  },

  'a label out of range, and on': async (device, { same }) => {
    const run = async (isCaptured: boolean): Promise<number[]> => {
      const model = await network(device);
      const optimizer = new SGD(model.parameters(), { learningRate: 0.01, momentum: 0.9 });
      const step = (x: Tensor, y: Tensor): Tensor => {
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        return loss.detach();
      };
      const run = isCaptured ? capture(step) : step;
      const losses: number[] = [];
      for (let i = 0; i < 6; i++) {
        const y =
          i === 3 ? tensor([0, 1, 7, 2], [4], { device, dtype: 'int32' }) : labels(4, 3, device);
        try {
          losses.push(await run(values([4, 2, 8], device, `b${i}`), y).item());
        } catch (error) {
          if (!(error instanceof ConvnetError)) throw error;
          losses.push(-1);
        }
      }
      return losses;
    };
    await same('captured against eager', await run(true), await run(false));
  },

  'memory of a long captured run': async (device, { same }) => {
    const model = await network(device);
    const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
    const step = capture((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss.detach();
    });
    const [x, y] = [values([4, 2, 8], device), labels(4, 3, device)];
    const counts: number[] = [];
    for (let i = 0; i < 40; i++) {
      step(x, y).dispose();
      counts.push(device.liveBuffers);
    }
    await same('buffers', counts.at(-1)!, counts[5]!);
    step.dispose();
  },
};
