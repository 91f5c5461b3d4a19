import { DeviceError, OutOfMemoryError, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterEach, describe, expect, test, vi } from 'vitest';

import {
  Adagrad,
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
  ExponentialLR,
  ExponentialMovingAverage,
  LAMB,
  PartialStepError,
  ReduceLROnPlateau,
  RMSprop,
  RMSpropTF,
  SGD,
  snapshotOf,
  type Optimizer,
} from './index.ts';

const device = reference();

afterEach(() => {
  vi.restoreAllMocks();
});

/** Kernels that take memory for what they give. */
const allocating = ['fill', 'pointwise', 'reduce'] as const;

/** Lets the device run out of memory at allocation `count`, from 1, and at all later ones. */
function runOutAt(count: number): void {
  let taken = 0;
  for (const name of allocating) {
    const kernel = device.kernels[name] as (...args: unknown[]) => unknown;
    vi.spyOn(device.kernels, name).mockImplementation(((...args: unknown[]) => {
      taken++;
      if (taken >= count) throw new OutOfMemoryError('reference', 4, 0, 0);
      return kernel(...args);
    }) as never);
  }
}

function parametersWithGradients(): Tensor[] {
  return [[1, -2], [3], [0.5, 0.25, -1]].map((values) => {
    const parameter = tensor(values, [values.length], { device, requiresGrad: true });
    setGradient(parameter, 0.1);
    return parameter;
  });
}

function setGradient(parameter: Tensor, first: number): void {
  const { size } = parameter;
  parameter.grad?.dispose();
  const values = Array.from({ length: size }, (_, i) => first - i);
  parameter.grad = tensor(values, [size], { device });
}

async function valuesOf(tensors: readonly Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (t) => Array.from(await t.data())));
}

const optimizers: Readonly<Record<string, (p: Tensor[]) => Optimizer>> = {
  SGD: (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9 }),
  Adam: (p) => new Adam(p),
  AdamW: (p) => new AdamW(p),
  AMSGrad: (p) => new AdamW(p, { amsgrad: true }),
  RMSprop: (p) => new RMSprop(p, { learningRate: 0.1, centered: true, momentum: 0.9 }),
  RMSpropTF: (p) => new RMSpropTF(p, { learningRate: 0.1, centered: true, momentum: 0.9 }),
  Adagrad: (p) => new Adagrad(p, { learningRate: 0.1, initialAccumulator: 0.3, weightDecay: 0.1 }),
  LAMB: (p) => new LAMB(p, { learningRate: 0.1 }),
};

/** The values after each of `steps` steps. */
async function train(
  make: (p: Tensor[]) => Optimizer,
  steps: number,
  between: (optimizer: Optimizer, parameters: readonly Tensor[], step: number) => void = () => {},
): Promise<number[][][]> {
  const parameters = parametersWithGradients();
  const optimizer = make(parameters);
  const path: number[][][] = [];
  for (let step = 1; step <= steps; step++) {
    for (const parameter of parameters) setGradient(parameter, 1 / step);
    between(optimizer, parameters, step);
    optimizer.step();
    path.push(await valuesOf(parameters));
  }
  return path;
}

describe.each(Object.entries(optimizers))('%s', (name, make) => {
  test('whose first step runs out of memory has changed nothing and holds nothing', async () => {
    const undisturbed = await train(make, 3);
    for (let count = 1; ; count++) {
      const parameters = parametersWithGradients();
      const optimizer = make(parameters);
      const before = await valuesOf(parameters);
      const live = device.liveBuffers;
      runOutAt(count);
      let failure: unknown;
      try {
        optimizer.step();
      } catch (error) {
        failure = error;
      }
      vi.restoreAllMocks();
      if (failure instanceof PartialStepError || failure === undefined) break;
      expect(failure, `allocation ${count}`).toBeInstanceOf(OutOfMemoryError);
      expect(await valuesOf(parameters), `allocation ${count}`).toEqual(before);
      expect(device.liveBuffers, `allocation ${count}`).toBe(live);
      for (let step = 1; step <= 3; step++) {
        for (const parameter of parameters) setGradient(parameter, 1 / step);
        optimizer.step();
      }
      expect(await valuesOf(parameters), `allocation ${count}`).toEqual(undisturbed[2]);
    }
  });

  test('whose later step runs out of memory says how many parameters it has updated', async () => {
    const undisturbed = await train(make, 2);
    let partial = 0;
    for (let count = 1; ; count++) {
      const parameters = parametersWithGradients();
      const optimizer = make(parameters);
      for (const parameter of parameters) setGradient(parameter, 1);
      optimizer.step();
      for (const parameter of parameters) setGradient(parameter, 1 / 2);
      runOutAt(count);
      let failure: unknown;
      try {
        optimizer.step();
      } catch (error) {
        failure = error;
      }
      vi.restoreAllMocks();
      if (failure === undefined) break;
      const updated = failure instanceof PartialStepError ? failure.updated : 0;
      if (failure instanceof PartialStepError) partial++;
      const expected = undisturbed[0]!.map((old, i) => (i < updated ? undisturbed[1]![i] : old));
      expect(await valuesOf(parameters), `allocation ${count}`).toEqual(expected);
      // The rest, whose state is as before, can still be stepped.
      for (const parameter of parameters.slice(0, updated)) parameter.grad = null;
      optimizer.step();
      expect(await valuesOf(parameters), `allocation ${count}`).toEqual(undisturbed[1]);
    }
    // Those that update in place take no memory.
    expect(partial > 0).toBe(!['SGD', 'Adam', 'AdamW'].includes(name));
  });

  test('goes back to a snapshot, as if the steps since had not been', async () => {
    const undisturbed = await train(make, 4);
    const path = await train(make, 4, (optimizer, parameters, step) => {
      if (step !== 3) return;
      const values = parameters.map((parameter) => parameter.grad);
      const live = device.liveBuffers;
      const [group] = optimizer.groups;
      const snapshot = optimizer.snapshot();
      const steps = new ExponentialLR(optimizer, { gamma: 0.5 });
      steps.step();
      for (const parameter of parameters) {
        parameter.grad = tensor(
          Array.from({ length: parameter.size }, () => Number.NaN),
          [parameter.size],
          { device },
        );
      }
      const weights = snapshotOf(parameters);
      optimizer.step();
      for (const held of [snapshot, weights]) {
        held.restore();
        held.dispose();
      }
      parameters.forEach((parameter, i) => {
        parameter.grad!.dispose();
        parameter.grad = values[i]!;
      });
      expect(device.liveBuffers).toBe(live);
      expect(optimizer.groups[0]).toBe(group);
      expect(group!.initialLearningRate).toBeUndefined();
    });
    expect(path).toEqual(undisturbed);
  });

  test('goes back to before its first step', async () => {
    const undisturbed = await train(make, 2);
    const parameters = parametersWithGradients();
    for (const parameter of parameters) setGradient(parameter, 1);
    const optimizer = make(parameters);
    const live = device.liveBuffers;
    const snapshot = optimizer.snapshot();
    const weights = snapshotOf(parameters);
    const taken = device.liveBuffers;
    optimizer.step();
    expect(device.liveBuffers).toBe(taken);
    for (const held of [snapshot, weights]) {
      held.restore();
      held.dispose();
    }
    optimizer.step();
    expect(await valuesOf(parameters)).toEqual(undisturbed[0]);
    optimizer.dispose();
    expect(device.liveBuffers).toBe(live);
  });

  test('without memory for a snapshot holds nothing', () => {
    const parameters = parametersWithGradients();
    const optimizer = make(parameters);
    const live = device.liveBuffers;
    for (const count of [1, 2, 3, 4, 5, 6]) {
      runOutAt(count);
      expect(() => optimizer.snapshot()).toThrow(OutOfMemoryError);
      vi.restoreAllMocks();
      expect(device.liveBuffers).toBe(live);
    }
  });
});

test('a snapshot without memory for what is new holds what it held', async () => {
  const [a, b] = parametersWithGradients() as [Tensor, Tensor];
  const optimizer = new SGD([a, b], { learningRate: 0, momentum: 1, dampening: 0 });
  const gradient = b.grad;
  b.grad = null;
  b.requiresGrad = false;
  optimizer.step();
  const snapshot = optimizer.snapshot();
  b.grad = gradient;
  optimizer.step();
  const live = device.liveBuffers;
  runOutAt(1);
  expect(() => snapshot.update()).toThrow(OutOfMemoryError);
  vi.restoreAllMocks();
  expect(device.liveBuffers).toBe(live);
  snapshot.restore();
  expect(device.liveBuffers).toBe(live - 1);
  optimizer.groups[0]!.options = { ...optimizer.groups[0]!.options, learningRate: 1 };
  const [before] = await valuesOf([a]);
  optimizer.step();
  const [after] = await valuesOf([a]);
  // The momentum of one step and one gradient, each 0.1 and -0.9.
  expect(before!.map((x, i) => x - after![i]!)).toEqual([
    expect.closeTo(0.2, 6),
    expect.closeTo(-1.8, 6),
  ]);
});

test('an optimiser that gave its state back is as new', async () => {
  const [fresh, used] = [parametersWithGradients(), parametersWithGradients()];
  const optimizer = new Adam(used);
  optimizer.step();
  optimizer.dispose();
  const before = await valuesOf(used);
  optimizer.step();
  new Adam(fresh).step();
  const moved = (after: number[][], from: number[][]): number[][] =>
    after.map((row, i) => row.map((x, j) => Number((x - from[i]![j]!).toFixed(5))));
  const start = [[1, -2], [3], [0.5, 0.25, -1]];
  expect(moved(await valuesOf(used), before)).toEqual(moved(await valuesOf(fresh), start));
});

describe('clipping that runs out of memory', () => {
  test.each([
    ['by norm', (p: Tensor[]) => clipGradNorm(p, 0.1)],
    ['by value', (p: Tensor[]) => clipGradValue(p, 0.1)],
  ])('%s leaves the gradients alone', async (_, clip) => {
    const parameters = parametersWithGradients();
    const gradients = parameters.map((parameter) => parameter.grad!);
    const before = await valuesOf(gradients);
    const live = device.liveBuffers;
    let failures = 0;
    for (let count = 1; ; count++) {
      runOutAt(count);
      let failed = false;
      try {
        clip(parameters);
      } catch {
        failed = true;
      }
      vi.restoreAllMocks();
      if (!failed) break;
      failures++;
      expect(await valuesOf(gradients), `allocation ${count}`).toEqual(before);
      expect(device.liveBuffers).toBe(live);
    }
    expect(failures).toBeGreaterThan(2);
    expect(await valuesOf(gradients)).not.toEqual(before);
  });
});

test('a norm of NaN makes all gradients NaN, as in PyTorch', async () => {
  const parameters = parametersWithGradients();
  parameters[1]!.grad = tensor([Number.NaN], [1], { device });
  expect(await clipGradNorm(parameters, 1).item()).toBeNaN();
  const gradients = await valuesOf(parameters.map((parameter) => parameter.grad!));
  expect(gradients.flat().every(Number.isNaN)).toBe(true);
});

describe('an average of weights', () => {
  test('without memory holds none', () => {
    const parameters = parametersWithGradients();
    const live = device.liveBuffers;
    runOutAt(3);
    expect(() => new ExponentialMovingAverage(parameters, { decay: 0.5 })).toThrow(
      OutOfMemoryError,
    );
    expect(device.liveBuffers).toBe(live);
  });

  test('changes places with the present values without memory', async () => {
    const parameters = parametersWithGradients();
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    const averages = await valuesOf(parameters);
    new SGD(parameters, { learningRate: 1 }).step();
    const before = await valuesOf(parameters);
    const live = device.liveBuffers;
    runOutAt(1);
    expect(await average.with(() => valuesOf(parameters))).toEqual(averages);
    vi.restoreAllMocks();
    expect(await valuesOf(parameters)).toEqual(before);
    expect(device.liveBuffers).toBe(live);
  });

  test('puts the values back after a body that throws, without memory', async () => {
    const parameters = parametersWithGradients();
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    new SGD(parameters, { learningRate: 1 }).step();
    const before = await valuesOf(parameters);
    const failing = average.with(() => {
      runOutAt(1);
      throw new Error('in the body');
    });
    await expect(failing).rejects.toThrow('in the body');
    vi.restoreAllMocks();
    expect(await valuesOf(parameters)).toEqual(before);
  });

  test('serves bodies that overlap, and puts the values back once', async () => {
    const parameters = parametersWithGradients();
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    const averages = await valuesOf(parameters);
    new SGD(parameters, { learningRate: 1 }).step();
    const before = await valuesOf(parameters);
    let letFirstGo = (): void => {};
    const wait = new Promise<void>((resolve) => {
      letFirstGo = resolve;
    });
    const first = average.with(() => wait);
    const second = average.with(async () => {
      letFirstGo();
      await first;
      return valuesOf(parameters);
    });
    expect(await second).toEqual(averages);
    expect(await valuesOf(parameters)).toEqual(before);
    await expect(average.with(() => average.update())).rejects.toThrow('outside with()');
  });

  test('goes back to a snapshot', async () => {
    const parameters = parametersWithGradients();
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    const averages = await valuesOf(parameters);
    const snapshot = average.snapshot();
    new SGD(parameters, { learningRate: Number.MAX_VALUE }).step();
    average.update();
    snapshot.restore();
    expect(await average.with(() => valuesOf(parameters))).toEqual(averages);
  });
});

describe('a parameter that has moved to another device', () => {
  const elsewhere = reference();

  function move(parameter: Tensor): void {
    const moved = tensor(
      Array.from({ length: parameter.size }, () => 7),
      parameter.shape,
      { device: elsewhere },
    );
    parameter.replaceWith(moved);
  }

  test.each(Object.entries(optimizers))('stops %s before it changes any', async (_, make) => {
    const parameters = parametersWithGradients();
    const optimizer = make(parameters);
    optimizer.step();
    move(parameters[2]!);
    parameters[2]!.grad = tensor([1, 1, 1], [3], { device: elsewhere });
    const before = await valuesOf(parameters);
    expect(() => optimizer.step()).toThrow(DeviceError);
    expect(() => optimizer.step()).toThrow('has moved to another device than its ');
    expect(() => optimizer.step()).toThrow('nothing was updated');
    expect(await valuesOf(parameters)).toEqual(before);
  });

  test('is stepped there by an optimiser that has no state', async () => {
    const [parameter] = parametersWithGradients() as [Tensor];
    const optimizer = new SGD([parameter], { learningRate: 1 });
    optimizer.step();
    move(parameter);
    parameter.grad = tensor([1, 2], [2], { device: elsewhere });
    optimizer.step();
    expect(await valuesOf([parameter])).toEqual([[6, 5]]);
  });

  test('stops an average before it changes any', async () => {
    const parameters = parametersWithGradients();
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    const averages = await valuesOf(parameters);
    new SGD(parameters, { learningRate: 1 }).step();
    const home = parameters[2]!.alias();
    move(parameters[2]!);
    const before = await valuesOf(parameters);
    expect(() => average.update()).toThrow(DeviceError);
    await expect(average.with(() => 0)).rejects.toThrow('Make the average after model.to(device)');
    expect(await valuesOf(parameters)).toEqual(before);
    parameters[2]!.replaceWith(home);
    expect(await average.with(() => valuesOf(parameters))).toEqual(averages);
  });
});

test('reduce on plateau goes back to a snapshot', () => {
  const optimizer = new SGD(parametersWithGradients(), { learningRate: 1 });
  const plateau = new ReduceLROnPlateau(optimizer, { patience: 1 });
  plateau.step(5);
  const snapshot = plateau.snapshot();
  plateau.step(1);
  snapshot.restore();
  plateau.step(4);
  plateau.step(4);
  expect(optimizer.groups[0]!.options.learningRate).toBe(1);
});
