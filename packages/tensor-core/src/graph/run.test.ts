import { describe, expect, test } from 'vitest';

import {
  add,
  batchNorm,
  captureGraph,
  conv,
  DeviceError,
  foldBatchNorm,
  FoldCache,
  noGrad,
  ones,
  Device,
  DisposedError,
  DTypeError,
  GraphRunner,
  ReleasedTensorError,
  ShapeError,
  tensor,
  zeros,
  type Operand,
  type StepGraph,
  type Tensor,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const [here, there] = [reference(), reference()];
const threes = (device: Device): Tensor => tensor([3, 3], { device });

describe('a graph', () => {
  const weight = threes(here);
  const graph = captureGraph((input) => add(input, weight), [{ shape: [2], dtype: 'float32' }]);

  test('takes inputs of its type, shape and device', () => {
    const runner = new GraphRunner(graph, here);
    const dtype = 'int32';
    expect(() => runner.run([tensor([1, 2], { device: here, dtype })])).toThrow(DTypeError);
    expect(() => runner.run([tensor([1, 2], { device: there })])).toThrow(
      /^graph, input 0: expected float32 on reference#1, got \[2\] float32 on reference#2, which is another device$/,
    );
    expect(() => runner.run([tensor([1, 2, 3], { device: here })])).toThrow(ShapeError);
    expect(() => runner.run([])).toThrow('expected 1 inputs, got 0');
    const gone = threes(here);
    gone.dispose();
    expect(() => runner.run([gone])).toThrow(ReleasedTensorError);
  });

  test('has its constants on its device, now and later', async () => {
    expect(() => new GraphRunner(graph, there)).toThrow(DeviceError);
    const moving = threes(here);
    const runner = new GraphRunner(
      captureGraph((input) => add(input, moving), [{ shape: [2], dtype: 'float32' }]),
      here,
    );
    expect([...(await runner.run([weight])[0]!.data())]).toEqual([6, 6]);
    moving.replaceWith(threes(there));
    expect(() => runner.run([weight])).toThrow(DeviceError);
    moving.dispose();
    expect(() => runner.run([weight])).toThrow(ReleasedTensorError);
  });

  test('says so once it was disposed of', () => {
    const runner = new GraphRunner(graph, here);
    runner.dispose();
    runner.dispose();
    expect(() => runner.run([threes(here)])).toThrow(DisposedError);
  });
});

describe('weights', () => {
  /** A device that notes of which weights it is told, and which of the operands of `conv` are such. */
  function listening() {
    const { backend } = reference();
    const told: [shape: string, isDerived: boolean][] = [];
    const reads: (boolean | undefined)[] = [];
    const graphs: StepGraph[] = [];
    const kernels = {
      ...backend.kernels,
      willReuse: ({ shape }: Operand, isDerived: boolean) =>
        void told.push([shape.join(), isDerived]),
      endReuse: () => undefined,
      conv: (...args: Parameters<NonNullable<typeof backend.kernels.conv>>) => {
        reads.push(args[1].isReused);
        return backend.kernels.conv!(...args);
      },
    };
    const prepare = (graph: StepGraph) => {
      graphs.push(graph);
      const ready = new Promise<void>(() => undefined);
      return { ready, run: () => [], byteLength: 0, dispose: () => undefined };
    };
    return { device: new Device({ ...backend, kernels, prepare }), told, reads, graphs };
  }

  test('are told of, those that were folded as made for the graph, and read as such by the graph alone', () => {
    const { device, told, reads, graphs } = listening();
    const one = { device };
    const [folded, plain] = [ones([2, 1, 1, 1], one), ones([3, 2, 1, 1], one)];
    const [mean, variance] = [zeros([2], one), ones([2], one)];
    const state = { weight: null, bias: null, runningMean: mean, runningVar: variance };
    const network = (x: Tensor): Tensor =>
      conv(batchNorm(conv(x, folded, null), state, { training: false }), plain, null);
    const x = ones([1, 1, 2, 2], one);
    const cache = new FoldCache();
    const graph = foldBatchNorm(captureGraph(network, [x]), cache);
    const runner = new GraphRunner(graph, device);
    expect(told).toEqual([
      ['2,1,1,1', true],
      ['2', true],
      ['3,2,1,1', false],
    ]);
    const [step] = graphs;
    const shapes = step!.reused.map((value) => step!.values[value]!.shape.join());
    expect(shapes).toEqual(told.map(([shape]) => shape));
    runner.run([x]);
    expect(reads.splice(0)).toEqual([true, true]);
    noGrad(() => network(x));
    expect(reads).not.toContain(true);
    runner.dispose();
    cache.dispose();
  });
});
