import {
  add,
  mul,
  scope,
  sum,
  Tensor,
  tensor,
  type Device,
  type TypedArray,
} from '@convnet/tensor-core';
import type { AnyModule, Rank } from '@convnet/layers';

import { build, takes, type Family } from './family.ts';
import type { Fixture, FixtureCase } from './fixture.ts';
import { digest, hashedValues, useHashedWeights } from './hashed.ts';

/** How far a model is from PyTorch. */
export interface Deviation {
  /** Largest difference over the largest magnitude, of the outputs in evaluation mode. */
  readonly eval: number;
  /** The same in training mode. */
  readonly train: number;
  /** Largest error of a parameter's gradient, over its norm (at least a thousandth of the largest norm). */
  readonly gradients: number;
  /** The parameter with that error. */
  readonly worstParameter: string;
  /** Relative error of the running statistics after the training pass. */
  readonly statistics: number;
}

/** Runs the model of a fixture in one rank on a device and measures how far it is from PyTorch. */
export async function deviation(
  family: Family,
  fixture: Fixture,
  dims: Rank,
  device: Device,
): Promise<Deviation> {
  const expected = fixture.cases[String(dims)];
  if (expected === undefined) throw new Error(`${fixture.name} has no case for dims ${dims}`);
  const { builder, options, caseOptions, numClasses } = fixture;
  const [, inChannels, ...inputSize] = expected.inputShape;
  const model = build(family, builder, {
    ...options,
    ...caseOptions,
    dims,
    inChannels,
    numClasses,
    ...(takes(family, builder, 'inputSize') && { inputSize }),
  });
  try {
    useHashedWeights(model, fixture.normBias);
    await model.to(device);
    return await measure(model, expected, device);
  } finally {
    model.zeroGrad();
    model.dispose();
  }
}

async function measure(
  model: AnyModule,
  expected: FixtureCase,
  device: Device,
): Promise<Deviation> {
  const { input, inputShape } = expected;
  const count = inputShape.reduce((product, extent) => product * extent, 1);
  using x = tensor(hashedValues(input, count), inputShape, { device });
  const evaluated = outputsOf(model.eval().forward(x));
  const evalError = await outputError(evaluated, expected.eval);
  for (const output of Object.values(evaluated)) output.dispose();

  trainWithoutDropout(model);
  if (expected.trained !== undefined) model.freeze().unfreeze(expected.trained);
  const trained = outputsOf(model.forward(x));
  const trainError = await outputError(trained, expected.train);
  backward(trained, device);
  for (const output of Object.values(trained)) output.dispose();
  return {
    eval: evalError,
    train: trainError,
    ...(await gradientError(model, expected)),
    statistics: await statisticsError(model, expected),
  };
}

/** Of each output's inner product with hashed numbers, added up: a loss whose gradient has order 1. */
function backward(outputs: Readonly<Record<string, Tensor>>, device: Device): void {
  scope(() => {
    const losses = Object.entries(outputs).map(([name, output]) => {
      const weights = hashedValues(`gradient ${name}`, output.size);
      return sum(mul(output, tensor(weights, output.shape, { device })));
    });
    losses.reduce((total, loss) => add(total, loss)).backward();
  });
}

/** The outputs of a forward pass by name: a single tensor is the logits. */
function outputsOf(result: unknown): Record<string, Tensor> {
  if (result instanceof Tensor) return { logits: result };
  const entries = Object.entries(result as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor),
  );
}

function trainWithoutDropout(model: AnyModule): void {
  model.train();
  for (const [, module] of model.namedModules()) {
    if (/Drop|StochasticDepth/.test(module.typeName)) module.eval();
  }
}

async function outputError(
  outputs: Readonly<Record<string, Tensor>>,
  expected: FixtureCase['eval'],
): Promise<number> {
  const names = Object.keys(expected);
  if (Object.keys(outputs).toSorted().join() !== names.toSorted().join()) {
    throw new Error(`expected outputs ${names.join()}, got ${Object.keys(outputs).join()}`);
  }
  let worst = 0;
  for (const name of names) {
    worst = Math.max(worst, relativeError(await outputs[name]!.data(), expected[name]!));
  }
  return worst;
}

/** The largest difference over the largest magnitude; infinite where counts differ or a value is NaN. */
function relativeError(got: TypedArray, expected: readonly number[]): number {
  if (got.length !== expected.length) return Infinity;
  const scale = Math.max(...expected.map(Math.abs));
  const differences = expected.map((value, i) => Math.abs(got[i]! - value) / scale);
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}

async function gradientError(
  model: AnyModule,
  { gradientNorms, gradientDigests }: FixtureCase,
): Promise<Pick<Deviation, 'gradients' | 'worstParameter'>> {
  const parameters = [...model.namedParameters()];
  if (parameters.length !== gradientNorms.length)
    return { gradients: Infinity, worstParameter: '' };
  const largest = Math.max(...gradientNorms);
  let worst = 0;
  let worstParameter = '';
  for (const [i, [name, { grad }]] of parameters.entries()) {
    const got = grad === null ? { norm: 0, inner: 0 } : digest(name, await grad.data());
    const norm = gradientNorms[i]!;
    const scale = Math.max(norm, 1e-3 * largest);
    const error =
      Math.max(Math.abs(got.norm - norm), Math.abs(got.inner - gradientDigests[i]!)) / scale;
    if (error > worst || Number.isNaN(error)) {
      worst = Number.isNaN(error) ? Infinity : error;
      worstParameter = name;
    }
  }
  return { gradients: worst, worstParameter };
}

async function statisticsError(model: AnyModule, { statistics }: FixtureCase): Promise<number> {
  let norm = 0;
  let inner = 0;
  for (const [key, buffer] of model.namedBuffers()) {
    if (!key.includes('running_')) continue;
    const got = digest(key, await buffer.data());
    norm += got.norm;
    inner += got.inner;
  }
  if (statistics[0] === 0) return norm;
  return Math.max(Math.abs(norm - statistics[0]), Math.abs(inner - statistics[1])) / statistics[0];
}
