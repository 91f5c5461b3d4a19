import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, ConvnetError, full, ones, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { SourceError } from '@convnet/weights';
import { describe, expect, test } from 'vitest';

import {
  importOnnx,
  type ImportedNetwork,
  OnnxFileError,
  UnsupportedOperatorsError,
} from '../index.ts';
import { madeModel, type MadeModel } from '../testing/made-model.ts';

const device = reference();
const floats = (...values: number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);
const node = (
  opType: string,
  inputs: string[],
  outputs: string[],
  ints = {},
): MadeModel['nodes'][0] => ({
  opType,
  inputs,
  outputs,
  ints,
});
const relu = node('Relu', ['x'], ['y']);

/** The error that a model is refused with. */
async function refusal(model: MadeModel | Uint8Array, options: object = {}): Promise<unknown> {
  const file = model instanceof Uint8Array ? model : madeModel(model);
  return importOnnx(file, { device, ...options }).then(
    () => null,
    (error: unknown) => error,
  );
}

async function fault(model: MadeModel | Uint8Array): Promise<string> {
  const error = await refusal(model);
  expect(error).toBeInstanceOf(OnnxFileError);
  return (error as OnnxFileError).fault;
}

describe('a file that cannot be imported', () => {
  test('is refused with all nodes that stand in the way', async () => {
    const error = await refusal({
      nodes: [
        { ...node('Loop', ['x'], ['a']), name: 'loop' },
        { ...node('Fused', ['a'], ['b']), domain: 'com.example' },
        node('Relu', ['b'], ['c'], { inplace: 1 }),
        node('Reshape', ['c', 'x'], ['y']),
      ],
    });
    expect(error).toBeInstanceOf(UnsupportedOperatorsError);
    expect((error as UnsupportedOperatorsError).operators).toEqual([
      { node: 'loop', operator: 'Loop', reason: 'there is no such operator here' },
      { node: 'b', operator: 'com.example.Fused', reason: 'there is no such operator here' },
      { node: 'c', operator: 'Relu', reason: "the attribute 'inplace' is not known" },
      {
        node: 'y',
        operator: 'Reshape',
        reason: "shapes depend on the numbers of the input 'x': give them in `constants`",
      },
    ]);
  });

  test('is refused where its graph is none', async () => {
    expect(await fault({ nodes: [node('Relu', ['z'], ['y'])] })).toBe('graph');
    expect(await fault({ nodes: [relu, relu] })).toBe('graph');
    expect(await fault({ nodes: [relu], outputs: ['z'] })).toBe('graph');
    expect(await fault({ nodes: [relu], outputs: [] })).toBe('graph');
    const w = { name: 'w', shape: [1], raw: floats(1) };
    expect(await fault({ nodes: [relu], initializers: [w, w] })).toBe('graph');
  });

  test('is refused for operators of another version', async () => {
    expect(await fault({ nodes: [relu], opset: 29 })).toBe('opset');
    expect(await fault({ nodes: [relu], opset: 0 })).toBe('opset');
    expect(await refusal({ nodes: [relu], opset: 28 })).toBeNull();
  });

  test('is refused where a node lacks inputs', async () => {
    const reasons = async (model: MadeModel): Promise<string[]> => {
      const error = (await refusal(model)) as UnsupportedOperatorsError;
      return error.operators.map(({ reason }) => reason);
    };
    const shape = node('Shape', ['x'], ['s']);
    expect(await reasons({ nodes: [node('Shape', [], ['y'])] })).toEqual([
      'expected 1 inputs, got 0',
    ]);
    expect(await reasons({ nodes: [node('Shape', [''], ['y'])] })).toEqual([
      'expected 1 inputs, got 0',
    ]);
    expect(await reasons({ nodes: [shape, node('Add', ['s', ''], ['y'])] })).toEqual([
      'expected 2 inputs, got 1',
    ]);
  });

  test('is refused where a tensor contradicts itself', async () => {
    const reading = (initializer: object): MadeModel => ({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [{ name: 'w', shape: [2], ...initializer }],
    });
    expect(await refusal(reading({ raw: floats(1, 2) }))).toBeNull();
    expect(await fault(reading({ raw: floats(1) }))).toBe('tensor');
    expect(await fault(reading({ raw: floats(1, 2), shape: [2 ** 40, 2 ** 40] }))).toBe('tensor');
    expect(await refusal(reading({ type: 'int64', integers: [1, -1] }))).toBeNull();
    expect(await fault(reading({ type: 'int64', integers: [1] }))).toBe('tensor');
    expect(await fault(reading({ type: 'int64', integers: [1, 2, 3] }))).toBe('tensor');
    expect(await fault(reading({ type: 'float32', integers: [1, 2] }))).toBe('tensor');
  });

  test('is refused where it is no message, or ends early', async () => {
    const file = madeModel({ nodes: [relu] });
    expect(await fault(new Uint8Array())).toBe('format');
    expect(await fault(new TextEncoder().encode('{"weights": []}'))).toMatch(/format|truncated/);
    for (let length = 1; length < file.length; length++) {
      const error = await refusal(file.slice(0, length));
      expect(error === null || error instanceof ConvnetError).toBe(true);
    }
  });

  test('takes no more memory than it explains', async () => {
    const name = new Uint8Array(1_000_000).fill(0x0a);
    for (let i = 1; i < name.length; i += 2) name[i] = 0;
    // A graph of half a million nodes without anything in them, each two bytes.
    const head = Uint8Array.of(0x3a, 0xc0, 0x84, 0x3d);
    const file = new Uint8Array(head.length + name.length);
    file.set(head);
    file.set(name, head.length);
    expect(await fault(file)).toBe('limit');
  });
});

describe('importOnnx', () => {
  test('refuses options that it does not have', async () => {
    const file = madeModel({ nodes: [relu] });
    const refused = await Promise.all(
      [
        { devise: device },
        { device: 'wasm' },
        { shard: 'folder' },
        { constants: [1] },
        { constants: { z: 1 } },
        { constants: { x: 'one' } },
        { constants: { x: [[1], [1, 2]] } },
      ].map((options) => refusal(file, options)),
    );
    expect(refused.map((error) => error instanceof ArgumentError)).toEqual(refused.map(() => true));
    await expect(importOnnx(1 as never, { device })).rejects.toThrow(ArgumentError);
    await expect(importOnnx('nowhere.onnx', { device })).rejects.toThrow(SourceError);
  });

  test('refuses inputs that do not fit', async () => {
    const model = await importOnnx(madeModel({ nodes: [relu] }), { device });
    expect(() => model.forward(...([] as unknown as [Tensor]))).toThrow(
      'made: expected 1 inputs (x), got 0',
    );
    expect(() => model.forward(1 as never)).toThrow("expected a tensor as input 'x', got 1");
  });

  test('takes numbers that shapes depend on', async () => {
    const file = madeModel({
      nodes: [node('Reshape', ['x', 'shape'], ['y'])],
      inputs: ['x', 'shape'],
    });
    const model = await importOnnx(file, { device, constants: { shape: [3, -1] } });
    expect(model.forward(ones([2, 6], { device })).shape).toEqual([3, 4]);
  });

  test('follows shapes on the host, for any batch', async () => {
    const file = madeModel({
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'zero'], ['n']),
        node('Unsqueeze', ['n', 'first'], ['batch']),
        node('Concat', ['batch', 'rest'], ['target'], { axis: 0 }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      initializers: [
        { name: 'zero', shape: [], type: 'int64', integers: [0] },
        { name: 'first', shape: [1], type: 'int64', integers: [0] },
        { name: 'rest', shape: [1], type: 'int64', integers: [-1] },
      ],
    });
    const model = await importOnnx(file, { device });
    expect([...model.stateDict().keys()]).toEqual([]);
    for (const batch of [1, 3]) {
      expect(model.forward(ones([batch, 2, 5], { device })).shape).toEqual([batch, 10]);
    }
  });

  test('gives several outputs as a list, numbers of the host among them', async () => {
    const file = madeModel({
      nodes: [relu, node('Shape', ['x'], ['s'])],
      outputs: ['y', 's', 'x'],
    });
    const model = await importOnnx<Tensor[]>(file, { device });
    const x = tensor([-1, 2], [1, 2], { device });
    const [y, s, same] = model.forward(x);
    expect([...(await y!.data())]).toEqual([0, 2]);
    expect([...(await s!.data())]).toEqual([1, 2]);
    expect([...(await same!.data())]).toEqual([-1, 2]);
  });

  test('learns weights and leaves what exporters made', async () => {
    const two = floats(1, 2);
    const file = madeModel({
      nodes: [
        node('Mul', ['x', 'scale'], ['a']),
        node('Add', ['a', '/constant'], ['b']),
        node('Add', ['b', 'onnx::Add_7'], ['c']),
        node('Identity', ['scale'], ['copy']),
        node('Mul', ['c', 'copy'], ['y']),
      ],
      initializers: ['scale', '/constant', 'onnx::Add_7'].map((name) => ({
        name,
        shape: [2],
        raw: two,
      })),
    });
    const model = await importOnnx(file, { device });
    expect(Array.from(model.namedParameters(), ([key]) => key)).toEqual(['scale', 'copy']);
    expect(Array.from(model.namedBuffers(), ([key]) => key)).toEqual(['/constant', 'onnx::Add_7']);
    expect([...(await model.forward(ones([2], { device })).data())]).toEqual([3, 12]);
  });

  test('learns nothing that the file says is kept', async () => {
    const add: MadeModel = {
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [{ name: 'w', shape: [2], raw: floats(1, 2) }],
    };
    const kept = { 'convnet.buffers': '["w"]' };
    const model = await importOnnx(madeModel({ ...add, metadata: kept }), { device });
    expect(Array.from(model.namedBuffers(), ([key]) => key)).toEqual(['w']);
    expect(await fault({ ...add, metadata: { 'convnet.buffers': '[1]' } })).toBe('format');
    expect(await fault({ ...add, metadata: { 'convnet.buffers': 'w' } })).toBe('format');
  });

  test('gives names that modules have for themselves another ending', async () => {
    const file = madeModel({
      nodes: [
        node('Add', ['x', 'forward'], ['a']),
        { ...node('Add', ['a', '__proto__'], ['y']), name: 'eval' },
      ],
      initializers: ['forward', '__proto__'].map((name) => ({
        name,
        shape: [2],
        raw: floats(1, 2),
      })),
    });
    const model = await importOnnx(file, { device });
    expect([...model.stateDict().keys()]).toEqual(['forward_', '__proto___']);
    expect([...(await model.forward(full([2], 0, { device })).data())]).toEqual([2, 4]);
  });
});

describe('weights in a file beside the model', () => {
  const file = (external: Readonly<Record<string, string>>): Uint8Array =>
    madeModel({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [{ name: 'w', shape: [2], external }],
    });
  const data = floats(9, 9, 3, 4);
  const place = { location: 'model.onnx.data', offset: '8', length: '8' };
  const read = async (model: ImportedNetwork): Promise<number[]> => [
    ...(await model.forward(full([2], 0, { device })).data()),
  ];

  test('are found in its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'convnet-onnx-'));
    try {
      writeFileSync(join(folder, 'model.onnx'), file(place));
      writeFileSync(join(folder, 'model.onnx.data'), data);
      expect(await read(await importOnnx(join(folder, 'model.onnx'), { device }))).toEqual([3, 4]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('are read from where `shard` says', async () => {
    const asked: string[] = [];
    const shard = (name: string): Uint8Array => {
      asked.push(name);
      return data;
    };
    expect(await read(await importOnnx(file(place), { device, shard }))).toEqual([3, 4]);
    expect(asked).toEqual(['model.onnx.data']);
  });

  test('are refused outside of the folder, and where they are too short', async () => {
    const shard = (): Uint8Array => data;
    for (const location of ['../secret', '/etc/passwd', 'a/b']) {
      expect(await refusal(file({ ...place, location }), { shard })).toBeInstanceOf(SourceError);
    }
    for (const wrong of [{ offset: '16' }, { length: '4' }, { offset: '-1' }, { length: 'all' }]) {
      expect(await refusal(file({ ...place, ...wrong }), { shard })).toBeInstanceOf(OnnxFileError);
    }
    expect(await refusal(file(place))).toBeInstanceOf(SourceError);
  });
});
