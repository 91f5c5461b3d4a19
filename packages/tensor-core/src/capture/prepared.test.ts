import { describe, expect, test } from 'vitest';

import type { DeviceBuffer, Operand, StepGraph } from '../backend.ts';
import { full, rand, tensor, zeros } from '../create.ts';
import { Device } from '../device.ts';
import { LabelRangeError } from '../errors.ts';
import { add, crossEntropy, mul, sum } from '../ops/index.ts';
import { Generator, manualSeed } from '../random.ts';
import { reference } from '../reference/index.ts';
import { keep, scope } from '../scope.ts';
import { stepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';
import { sgdStep } from '../updates/index.ts';
import { capture } from './capture.ts';
import { everyRun } from './hooks.ts';

/** A backend that takes steps whole: it runs the calls by the graph's numbers alone, and says what it was asked. */
function takingDevice(ready: Promise<void> = Promise.resolve()) {
  const { backend } = reference();
  const graphs: StepGraph[] = [];
  const blocks: ArrayBuffer[] = [];
  let disposed = 0;
  let carriedOut = 0;
  const device = new Device({
    ...backend,
    prepare(graph) {
      graphs.push(graph);
      return {
        ready,
        byteLength: 0,
        get carriedOut() {
          return carriedOut;
        },
        run(inputs, scalars) {
          blocks.push(scalars.slice(0));
          return runGraph(graph, inputs, scalars);
        },
        dispose: () => void disposed++,
      };
    },
  });

  function runGraph(
    graph: StepGraph,
    inputs: readonly DeviceBuffer[],
    scalars: ArrayBuffer,
  ): DeviceBuffer[] {
    const memory = new Map<number, DeviceBuffer>();
    graph.inputs.forEach((value, i) => memory.set(value, inputs[i]!));
    const view = new DataView(scalars);
    let at = 0;
    for (const [i, call] of graph.calls.entries()) {
      carriedOut = i;
      const numbers = call.scalars.map((dtype) => {
        const value = dtype === 'float32' ? view.getFloat32(at, true) : view.getUint32(at, true);
        at += 4;
        return value;
      });
      const operands = call.inputs.map((value): Operand | null =>
        value === null ? null : { ...graph.values[value]!, buffer: memory.get(value)! },
      );
      const made = call.run(device.kernels, operands, numbers);
      call.outputs.forEach((value, i) => memory.set(value, made[i]!));
    }
    expect(at).toBe(scalars.byteLength);
    const kept = new Set([...graph.inputs, ...graph.outputs]);
    for (const [value, buffer] of memory) if (!kept.has(value)) backend.free(buffer);
    return graph.outputs.map((value) => memory.get(value)!);
  }
  return { device, graphs, blocks, disposals: () => disposed };
}

/** A step with a rate that falls, a random draw and a gradient, and the values of some runs of it. */
async function train(device: Device, isCaptured: boolean): Promise<number[][]> {
  manualSeed(3);
  let rate = 0.5;
  const weight = keep(full([2], 1, { device, requiresGrad: true }));
  const body = (x: Tensor): Tensor => {
    const loss = sum(mul(add(x, rand([2], { device })), mul(weight, weight)));
    weight.clearGrad();
    loss.backward();
    const forms = { nesterov: false, maximize: false, first: true };
    const step = { momentum: 0, dampening: 0, weightDecay: 0, ...forms };
    sgdStep(
      weight,
      weight.grad!,
      null,
      step,
      stepScalar(() => rate),
    );
    return loss;
  };
  const captured = capture(body);
  const step = isCaptured ? captured : body;
  const seen: number[][] = [];
  for (let i = 0; i < 5; i++) {
    const x = tensor([i, 1], { device });
    const loss = scope(() => step(x).detach());
    seen.push([await loss.item(), ...(await weight.data()), ...(await weight.grad!.data())]);
    rate /= 2;
    loss.dispose();
    x.dispose();
    await captured.ready;
  }
  captured.dispose();
  weight.dispose();
  return seen;
}

describe('a backend that takes captured steps whole', () => {
  test('gets numbers, a block of scalars and memory, and gives what eager steps give', async () => {
    const { device, graphs, blocks, disposals } = takingDevice();
    const expected = await train(reference(), false);
    expect(await train(device, true)).toEqual(expected);
    expect(graphs).toHaveLength(1);
    // The first run is the one that is recorded.
    expect(blocks).toHaveLength(4);
    const rates = blocks.map((block) => new Float32Array(block).at(-1));
    expect(rates).toEqual([0.25, 0.125, 0.0625, 0.03125]);
    const [random] = graphs[0]!.calls;
    expect(random).toMatchObject({ operation: 'random', scalars: Array(4).fill('uint32') });
    expect(graphs[0]!.calls.at(-1)).toMatchObject({ operation: 'sgdStep', writes: [0] });
    expect(disposals()).toBe(1);
    expect(device.liveBuffers).toBe(0);
  });

  test('is not used before it is ready, and its failure is heard of', async () => {
    const { device, blocks } = takingDevice(Promise.reject(new Error('no pipeline')));
    const step = capture((x: Tensor) => add(x, 1));
    for (let i = 0; i < 3; i++) expect(await step(tensor([i], { device })).item()).toBe(i + 1);
    expect(blocks).toHaveLength(0);
    await expect(step.ready).rejects.toThrow('no pipeline');
  });
});

test('where a call fails, what the host does behind it has not happened', async () => {
  const { device } = takingDevice();
  const counts = { before: 0, behind: 0 };
  const count = (which: keyof typeof counts): void =>
    everyRun(
      () => void counts[which]++,
      () => void counts[which]--,
    );
  const [first, second] = [new Generator(1), new Generator(2)];
  const step = capture((x: Tensor, labels: Tensor) => {
    const logits = add(x, rand([2, 3], { device, generator: first }));
    count('before');
    const loss = crossEntropy(logits, labels);
    count('behind');
    return add(loss, rand([1], { device, generator: second }));
  });
  const run = (...labels: number[]): Tensor =>
    step(zeros([2, 3], { device }), tensor(labels, { device, dtype: 'int32' }));
  run(0, 1);
  await step.ready;
  expect(() => run(0, 3)).toThrow(LabelRangeError);
  expect(counts).toEqual({ before: 2, behind: 1 });
  expect(first.stateDict().get('offset')).toBe(4);
  expect(second.stateDict().get('offset')).toBe(1);
  run(1, 2);
  expect(counts).toEqual({ before: 3, behind: 2 });
});

test('a replay raises the versions of inputs that it writes', () => {
  const device = reference();
  const step = capture((x: Tensor) => {
    const forms = { nesterov: false, maximize: false, first: true };
    sgdStep(x, x.detach(), null, { momentum: 0, dampening: 0, weightDecay: 0, ...forms }, 0.5);
  });
  step(tensor([1], { device }));
  const x = tensor([1], { device });
  step(x);
  expect(x.storage.version).toBe(1);
});
