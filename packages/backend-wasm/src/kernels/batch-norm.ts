import {
  elementCount,
  forInference,
  type Bounds,
  type Kernels,
  type Operand,
  type RunningStatistics,
} from '@convnet/tensor-core';
import {
  addressIn,
  bufferOf,
  convertInPlace,
  copyElements,
  isChannelsLast,
  newBuffer,
} from '../layout.ts';
import * as at from '../layout/batch-norm.generated.ts';
import type { WasmBuffer } from '../buffer.ts';
import type { Machine } from '../machine.ts';

export function batchNormKernels(machine: Machine): Partial<Kernels> {
  const vector = (x: Operand | null): number => (x === null ? 0 : addressIn(machine, x, 'rows'));

  function write(
    x: Operand,
    addresses: readonly number[],
    epsilon: number,
    bounds: Bounds | null,
    beside: { readonly residual?: number; readonly y?: number } = {},
  ): void {
    const { words, floats, argumentWord: base } = machine;
    const channels = x.shape[1]!;
    for (let i = 0; i < addresses.length; i++) words[base + at.x + i] = addresses[i]!;
    words[base + at.rows] = elementCount(x.shape) / channels;
    words[base + at.channels] = channels;
    floats[base + at.epsilon] = epsilon;
    floats[base + at.low] = bounds?.low ?? -Infinity;
    floats[base + at.high] = bounds?.high ?? Infinity;
    words[base + at.bounded] = Number(bounds !== null);
    words[base + at.oneSided] = Number(bounds?.isOneSided ?? false);
    words[base + at.residual] = beside.residual ?? 0;
    words[base + at.y] = beside.y ?? 0;
  }

  /** What is read and written in place, as it stands: a row. */
  function inPlace(x: Operand | null): number {
    if (x === null) return 0;
    convertInPlace(machine, x, 'rows');
    machine.written(bufferOf(x));
    return bufferOf(x).address;
  }

  function writeRunning(running: RunningStatistics | null, count: number): void {
    const addresses =
      forInference || running === null
        ? [0, 0, 0]
        : [inPlace(running.mean), inPlace(running.variance), inPlace(running.batches)];
    const { words, floats, argumentWord: base } = machine;
    for (let i = 0; i < 3; i++) words[base + at.runningMean + i] = addresses[i]!;
    if (forInference || running === null) return;
    floats[base + at.kept] = 1 - running.momentum;
    floats[base + at.momentum] = running.momentum;
    floats[base + at.varianceShare] = (running.momentum * count) / (count - 1);
  }

  function forward(
    x: Operand,
    residual: Operand | null,
    [weight, bias]: readonly (Operand | null)[],
    epsilon: number,
    running: RunningStatistics | null,
    bounds: Bounds | null,
  ): [WasmBuffer, WasmBuffer, WasmBuffer] {
    const perChannel = { shape: [x.shape[1]!], dtype: x.dtype };
    const y = newBuffer(machine, x, 'channelsLast');
    const mean = newBuffer(machine, perChannel, 'rows');
    const variance = newBuffer(machine, perChannel, 'rows');
    const source = addressIn(machine, x, 'channelsLast');
    const added = residual === null ? 0 : addressIn(machine, residual, 'channelsLast');
    write(
      x,
      [source, 0, vector(weight!), vector(bias!), mean.address, variance.address, y.address, 0, 0],
      epsilon,
      bounds,
      { residual: added },
    );
    writeRunning(running, elementCount(x.shape) / x.shape[1]!);
    machine.call('batch_norm');
    machine.finish();
    return [y, mean, variance];
  }

  /** None in a build for inference. */
  const gradients: Partial<
    Pick<Kernels, 'batchNormResidual' | 'batchNormResidualGrad' | 'batchNormGrad'>
  > = forInference
    ? {}
    : {
        batchNormResidual: (x, residual, weight, bias, epsilon, running, bounds) =>
          forward(x, residual, [weight, bias], epsilon, running, bounds),

        batchNormResidualGrad(x, y, dy, weight, mean, variance, epsilon, bounds) {
          const perChannel = { shape: [x.shape[1]!], dtype: x.dtype };
          const dx = newBuffer(machine, x, 'channelsLast');
          const dweight = newBuffer(machine, perChannel, 'rows');
          const dbias = newBuffer(machine, perChannel, 'rows');
          const source = addressIn(machine, x, 'channelsLast');
          const results = addressIn(machine, y, 'channelsLast');
          machine.written(bufferOf(dy));
          const gradient = addressIn(machine, dy, 'channelsLast');
          write(
            x,
            [
              source,
              gradient,
              vector(weight),
              0,
              vector(mean),
              vector(variance),
              dx.address,
              dweight.address,
              dbias.address,
            ],
            epsilon,
            bounds,
            { y: results },
          );
          machine.call('batch_norm_grad');
          // What was written to a copy goes back to where it stands, which keeps its layout.
          if (!isChannelsLast(dy)) {
            const { address, layout } = bufferOf(dy);
            copyElements(machine, dy, [gradient, 'channelsLast'], [address, layout]);
          }
          machine.finish();
          return [dx, dweight, dbias];
        },

        batchNormGrad(x, dy, weight, bias, mean, variance, epsilon, bounds) {
          const perChannel = { shape: [x.shape[1]!], dtype: x.dtype };
          const dx = newBuffer(machine, x, 'channelsLast');
          const dweight = newBuffer(machine, perChannel, 'rows');
          const dbias = newBuffer(machine, perChannel, 'rows');
          const source = addressIn(machine, x, 'channelsLast');
          const gradient = addressIn(machine, dy, 'channelsLast');
          write(
            x,
            [
              source,
              gradient,
              vector(weight),
              bounds === null ? 0 : vector(bias),
              vector(mean),
              vector(variance),
              dx.address,
              dweight.address,
              dbias.address,
            ],
            epsilon,
            bounds,
          );
          machine.call('batch_norm_grad');
          machine.finish();
          return [dx, dweight, dbias];
        },
      };

  return {
    batchNorm: (x, weight, bias, epsilon, running, bounds) =>
      forward(x, null, [weight, bias], epsilon, running, bounds),

    batchNormInference(x, weight, bias, mean, variance, epsilon) {
      const y = newBuffer(machine, x, 'channelsLast');
      const source = addressIn(machine, x, 'channelsLast');
      write(
        x,
        [source, 0, vector(weight), vector(bias), vector(mean), vector(variance), y.address, 0, 0],
        epsilon,
        null,
      );
      machine.call('batch_norm_inference');
      machine.finish();
      return y;
    },
    ...gradients,
  };
}
