import { compile } from '@convnet/layers';
import { lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import {
  capture,
  crossEntropy,
  randn,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';

import type { Measurement, SpeedCaseId } from './api.ts';

/** Milliseconds that one case may take on one device, and the fewest runs that its median is of. */
const budget = 900;
const fewest = 3;

/** Runs once and waits for the result. */
type Run = () => Promise<unknown>;

/** What is measured; `samples` go into a run. */
interface SpeedCase {
  readonly samples: number;
  prepare(device: Device): Promise<Run>;
}

const cases: Readonly<Record<SpeedCaseId, SpeedCase>> = {
  digits: {
    samples: 64,
    async prepare(device) {
      const model = lenet5_relu({ device });
      return learning(device, model, [64, 1, 28, 28], 10);
    },
  },
  signals: {
    samples: 32,
    async prepare(device) {
      const { resnet18 } = await import('@convnet/resnet');
      const model = resnet18({ dims: 1, inChannels: 1, numClasses: 6, width: 8, device });
      return learning(device, model, [32, 1, 2048], 6);
    },
  },
  resnet18: {
    samples: 1,
    async prepare(device) {
      const { resnet18 } = await import('@convnet/resnet');
      const shape = [1, 3, 112, 112];
      const model = compile(resnet18({ device }).eval(), shape);
      const input = randn(shape, { device });
      return async () => {
        const output = model.forward(input);
        await output.data();
        output.dispose();
      };
    },
  },
};

/** A step of Adam, recorded as `fit` does. */
async function learning(
  device: Device,
  model: { forward(x: Tensor): Tensor; parameters(): Tensor[]; train(): unknown },
  shape: readonly number[],
  classes: number,
): Promise<Run> {
  const input = randn(shape, { device });
  const labels = tensor(
    Array.from({ length: shape[0]! }, (_, i) => i % classes),
    { device, dtype: 'int32' },
  );
  const optimizer = new Adam(model.parameters());
  model.train();
  const step = capture((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  });
  return async () => {
    const loss = step(input, labels);
    await loss.item();
    loss.dispose();
  };
}

/** Measures all cases on a device, and tells of each when it begins and when it is done. */
export async function measureDevice(
  device: Device,
  tell: (measurement: Measurement) => void,
): Promise<void> {
  for (const [id, { samples, prepare }] of Object.entries(cases) as [SpeedCaseId, SpeedCase][]) {
    tell({ id, milliseconds: null, samplesPerSecond: null });
    const milliseconds = await medianOf(await prepare(device));
    tell({ id, milliseconds, samplesPerSecond: (1000 * samples) / milliseconds });
  }
}

/** The first runs prepare what the later ones use, and do not count. */
async function medianOf(run: Run): Promise<number> {
  await run();
  await run();
  const times: number[] = [];
  const start = performance.now();
  while (times.length < fewest || performance.now() - start < budget) {
    const before = performance.now();
    await run();
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)]!;
}
