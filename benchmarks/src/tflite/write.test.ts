import { expect, test } from 'vitest';

import { Table } from '../testing/read-tflite.ts';
import type { TfliteModel } from './messages.ts';
import { writeTflite } from './write.ts';

/** One convolution with ReLU6, and a reshape. */
const model: TfliteModel = {
  tensors: [
    { name: 'input', shape: [1, 4, 5, 3], data: null },
    { name: 'weight', shape: [2, 1, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'bias', shape: [2], data: Float32Array.of(7, 8) },
    { name: 'made', shape: [1, 4, 5, 2], data: null },
    { name: 'extents', shape: [2], data: Int32Array.of(1, 40) },
    { name: 'output', shape: [1, 40], data: null },
  ],
  operators: [
    {
      name: 'CONV_2D',
      inputs: [0, 1, 2],
      outputs: [3],
      options: { padding: 1, strideW: 3, strideH: 2, activation: 3, dilationW: 1, dilationH: 4 },
    },
    { name: 'RESHAPE', inputs: [3, 4], outputs: [5], options: {} },
  ],
  inputs: [0],
  outputs: [5],
};

const file = writeTflite(model);
const root = Table.ofFile(file);
const subgraph = root.tables(2)[0]!;

test('a file names its format and version', () => {
  expect(new TextDecoder().decode(file.subarray(4, 8))).toBe('TFL3');
  expect(root.int32(0)).toBe(3);
  expect(root.string(3)).toBe('convnet');
});

test('constants have a buffer each, whose elements are aligned; all others share the first, which is empty', () => {
  const buffers = root.tables(4);
  expect(buffers.map((buffer) => buffer.has(0))).toEqual([false, true, true, true]);
  const contents = buffers.slice(1).map((buffer) => buffer.bytes(0));
  for (const { begin } of contents) expect(begin % 16).toBe(0);
  const [weight, bias, extents] = contents.map(({ bytes }) => bytes.buffer as ArrayBuffer);
  expect([...new Float32Array(weight!)]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...new Float32Array(bias!)]).toEqual([7, 8]);
  expect([...new Int32Array(extents!)]).toEqual([1, 40]);
  const tensors = subgraph.tables(0);
  expect(tensors.map((tensor) => tensor.int32(2))).toEqual([0, 1, 2, 0, 3, 0]);
  expect(tensors.map((tensor) => tensor.int8(1))).toEqual([0, 0, 0, 0, 2, 0]);
  expect(tensors.map((tensor) => tensor.integers(0))).toEqual(model.tensors.map((t) => t.shape));
  expect(tensors.map((tensor) => tensor.string(3))).toEqual(model.tensors.map((t) => t.name));
});

test('operators have the codes of the schema, and their options where the schema has them', () => {
  const codes = root.tables(1);
  expect(codes.map((code) => [code.int8(0), code.int32(2), code.int32(3)])).toEqual([
    [3, 1, 3],
    [22, 1, 22],
  ]);
  const [conv, reshape] = subgraph.tables(3);
  expect([conv!.int32(0), conv!.integers(1), conv!.integers(2)]).toEqual([0, [0, 1, 2], [3]]);
  expect([reshape!.int32(0), reshape!.integers(1), reshape!.integers(2)]).toEqual([1, [3, 4], [5]]);
  // Conv2DOptions: padding, stride along W and H, activation, dilation along W and H.
  expect(conv!.int8(3)).toBe(1);
  const options = conv!.table(4);
  expect([options.int8(0), options.int8(3)]).toEqual([1, 3]);
  expect([1, 2, 4, 5].map((place) => options.int32(place))).toEqual([3, 2, 1, 4]);
});

test('a signature names what goes in and what comes out', () => {
  expect([subgraph.integers(1), subgraph.integers(2)]).toEqual([[0], [5]]);
  const [signature] = root.tables(7);
  expect([signature!.string(2), signature!.int32(4)]).toEqual(['serving_default', 0]);
  const maps = [0, 1].map((place) => signature!.tables(place)[0]!);
  expect(maps.map((map) => [map.string(0), map.int32(1)])).toEqual([
    ['input', 0],
    ['output', 5],
  ]);
});
