import {
  add,
  assign,
  batchNorm,
  capture,
  cast,
  conv,
  crossEntropy,
  flatten,
  Generator,
  linear,
  maxPool,
  noGrad,
  permute,
  randn,
  ReleasedTensorError,
  relu,
  reshape,
  scope,
  sgdStep,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';

/** Runs `body` and says what it left behind. */
async function balanced(
  device: Device,
  body: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const buffers = device.liveBuffers;
  const bytes = device.memory().live;
  const failures = [...(await body())];
  if (device.liveBuffers !== buffers) {
    failures.push(`${device.liveBuffers - buffers} buffers were not given back`);
  }
  if (device.memory().live !== bytes) {
    failures.push(`${device.memory().live - bytes} bytes were not given back`);
  }
  return failures;
}

/** A small network with every kind of layer that training needs, and its SGD step. */
function trainingStep(device: Device, parameters: readonly Tensor[], generator: Generator): Tensor {
  const [w1, scale, shift, w2, bias] = parameters as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const x = randn([4, 1, 8, 8], { device, generator });
  const labels = tensor([0, 1, 2, 1], { device, dtype: 'int32' });
  const state = { weight: scale, bias: shift, runningMean: null, runningVar: null };
  const h = maxPool(
    relu(batchNorm(conv(x, w1, null, { padding: 1 }), state, { training: true })),
    2,
  );
  const loss = crossEntropy(linear(flatten(h, 1), w2, bias), labels);
  loss.backward();
  noGrad(() => {
    for (const parameter of parameters) {
      const step = {
        momentum: 0,
        dampening: 0,
        weightDecay: 0,
        nesterov: false,
        maximize: false,
        first: true,
      };
      sgdStep(parameter, parameter.grad!, null, step, 0.1);
      parameter.grad!.dispose();
      parameter.grad = null;
    }
  });
  return loss;
}

function makeParameters(device: Device, generator: Generator): Tensor[] {
  const options = { device, generator, requiresGrad: true };
  return [
    randn([5, 1, 3, 3], options),
    randn([5], options),
    randn([5], options),
    randn([3, 80], options),
    zeros([3], { device, requiresGrad: true }),
  ];
}

/** What a device keeps for itself after a warm-up does not grow with further steps. */
const steady: ConformanceCase = checkCase(
  'memory stays constant over 60 training steps',
  'memory',
  (device) =>
    balanced(device, () =>
      scope(async () => {
        const generator = new Generator(1);
        const parameters = makeParameters(device, generator);
        const failures: string[] = [];
        let before = { buffers: 0, live: 0, reserved: 0 };
        for (let step = 0; step < 60; step++) {
          const loss = scope(() => trainingStep(device, parameters, generator));
          const value = await loss.item();
          loss.dispose();
          if (!Number.isFinite(value)) failures.push(`step ${step}: loss ${value}`);
          const after = { buffers: device.liveBuffers, ...device.memory() };
          if (step === 10) before = after;
          if (step > 10 && JSON.stringify(after) !== JSON.stringify(before)) {
            failures.push(`step ${step}: ${JSON.stringify(after)}, was ${JSON.stringify(before)}`);
            break;
          }
        }
        return failures;
      }),
    ),
);

const separate: ConformanceCase = checkCase(
  'buffers of many sizes hold their own values while others come and go',
  'memory',
  (device) =>
    balanced(device, async () => {
      const made = new Map<number, Tensor>();
      const size = (i: number): number => 1 + ((i * 37) % 1301);
      const make = (i: number): void => {
        made.set(i, tensor(new Float32Array(size(i)).fill(i), [size(i)], { device }));
      };
      for (let i = 0; i < 80; i++) make(i);
      for (let i = 0; i < 80; i += 3) {
        made.get(i)!.dispose();
        made.delete(i);
      }
      for (let i = 80; i < 140; i++) make(i);
      const failures: string[] = [];
      for (const [i, t] of made) {
        const values = await t.data();
        if (values.length !== size(i) || values.some((value) => value !== i)) {
          failures.push(`tensor ${i} does not hold its own values`);
        }
        t.dispose();
      }
      return failures;
    }),
);

const sharedMemory: ConformanceCase = checkCase(
  'a reshaped tensor outlives what it was made from',
  'memory',
  (device) =>
    balanced(device, async () => {
      const x = tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { device },
      );
      const y = reshape(x, [6]);
      x.dispose();
      const others = Array.from({ length: 20 }, (_, i) => tensor([i, i, i, i, i, i], { device }));
      const values = [...(await y.data())];
      y.dispose();
      for (const other of others) other.dispose();
      return values.join() === '1,2,3,4,5,6' ? [] : [`got ${values.join()}`];
    }),
);

/** Takes the memory that is free now, so that what was freed too early has other values. */
function takeFreeMemory(device: Device): void {
  scope(() => {
    for (let i = 0; i < 20; i++) tensor([-1, -1, -1, -1, -1, -1], { device });
  });
}

const viewsOfViews: ConformanceCase = checkCase(
  'of several views of one memory, whichever is disposed of last keeps it',
  'memory',
  (device) =>
    balanced(device, async () => {
      const failures: string[] = [];
      for (const order of ['012', '021', '102', '120', '201', '210']) {
        const x = tensor([1, 2, 3, 4, 5, 6], { device });
        const y = reshape(x, [2, 3]);
        const views = [x, y, reshape(y, [3, 1, 2])];
        const [first, second, last] = Array.from(order, (at) => views[Number(at)]!);
        first!.dispose();
        second!.dispose();
        takeFreeMemory(device);
        const values = [...(await last!.data())].join();
        last!.dispose();
        if (values !== '1,2,3,4,5,6') failures.push(`in the order ${order}: got ${values}`);
      }
      return failures;
    }),
);

const capturedViews: ConformanceCase = checkCase(
  'results of a captured step that are views of its inputs, of each other and of what it made',
  'memory',
  (device) =>
    balanced(device, async () => {
      const failures: string[] = [];
      const step = capture((x: Tensor) => {
        const made = add(x, 1);
        const line = reshape(add(made, 1), [6]);
        return [reshape(x, [3, 2]), made, reshape(made, [1, 6]), line, reshape(line, [6, 1])];
      });
      for (let run = 0; run < 5; run++) {
        const x = tensor([1, 2, 3, 4, 5, 6], [2, 3], { device });
        const results = step(x);
        x.dispose();
        if (run === 1) await step.ready;
        // Another one lasts longest each time.
        const last = results[run]!;
        for (const result of results) if (result !== last) result.dispose();
        takeFreeMemory(device);
        const more = [0, 1, 1, 2, 2][run]!;
        const expected = Array.from({ length: 6 }, (_, i) => i + 1 + more).join();
        const values = [...(await last.data())].join();
        last.dispose();
        if (values !== expected) failures.push(`run ${run}: expected ${expected}, got ${values}`);
      }
      step.dispose();
      return failures;
    }),
);

const readLater: ConformanceCase = checkCase(
  'a read that was asked for before its tensor was freed still gives its values',
  'memory',
  (device) =>
    balanced(device, async () => {
      const x = tensor([1, 2, 3], { device });
      const reading = x.data();
      x.dispose();
      const others = Array.from({ length: 20 }, () => tensor([9, 9, 9], { device }));
      const values = [...(await reading)];
      for (const other of others) other.dispose();
      return values.join() === '1,2,3' ? [] : [`got ${values.join()}`];
    }),
);

const afterwards: ConformanceCase = checkCase(
  'a tensor used after its scope ended is an error',
  'memory',
  (device) =>
    balanced(device, async () => {
      let escaped: Tensor | null = null;
      scope(() => {
        escaped = tensor([1, 2, 3], { device });
      });
      try {
        relu(escaped!);
      } catch (error) {
        return error instanceof ReleasedTensorError ? [] : [String(error)];
      }
      return ['no error was thrown'];
    }),
);

const layouts: ConformanceCase = checkCase(
  'buffers in layouts of the device are counted and given back',
  'memory',
  (device) =>
    balanced(device, () =>
      scope(async () => {
        const generator = new Generator(2);
        const x = randn([2, 3, 9, 9], { device, generator, requiresGrad: true });
        const w = randn([17, 3, 3, 3], { device, generator, requiresGrad: true });
        for (let i = 0; i < 3; i++) {
          const y = scope(() => permute(conv(x, w, null, { stride: 2 }), [0, 2, 3, 1]));
          y.backward(randn(y.shape, { device, generator }));
          await y.data();
          y.dispose();
        }
        return [];
      }),
    ),
);

/** Elements of every type, in the layout that convolutions give and in the one that data come in. */
const copies: readonly ConformanceCase[] = (
  ['float32', 'int32', 'uint8', 'bool', 'float16'] as const
).map((dtype) =>
  checkCase(`assign between layouts of the device, ${dtype}`, 'blend', (device) =>
    balanced(device, () =>
      scope(async () => {
        const generator = new Generator(4);
        const image = conv(
          randn([2, 3, 5, 7], { device, generator }),
          randn([5, 3, 3, 3], { device, generator }),
        );
        const flat = randn(image.shape, { device, generator });
        const failures: string[] = [];
        for (const [target, source] of [
          [image, flat],
          [flat, image],
          [image, image],
        ] as const) {
          const [to, from] = [cast(target, dtype), cast(source, dtype)];
          const expected = (await from.data()).join();
          const live = device.memory().live;
          assign(to, from);
          if ((await to.data()).join() !== expected)
            failures.push('other elements than the source');
          if (device.memory().live !== live) failures.push('memory was taken');
        }
        return failures;
      }),
    ),
  ),
);

/** What devices must keep to about memory. */
export const memoryCases: readonly ConformanceCase[] = [
  steady,
  separate,
  sharedMemory,
  viewsOfViews,
  capturedViews,
  readLater,
  afterwards,
  layouts,
  ...copies,
];
