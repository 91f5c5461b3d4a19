import { describe, expect, test } from 'vitest';

import {
  add,
  captureGraph,
  DeviceError,
  DisposedError,
  DTypeError,
  GraphRunner,
  ReleasedTensorError,
  ShapeError,
  tensor,
  type Device,
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
