import { join } from 'node:path';
import { ArgumentError, DeviceError, meta } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import type { HostTensor } from '../host-tensor.ts';
import { WeightsFileError } from '../errors.ts';
import { openWeights } from '../open-weights.ts';
import { encodeSafetensors } from '../safetensors/write.ts';
import { PlainModel } from '../testing/plain-model.ts';
import { encodeTorch } from '../torch/write.ts';
import { WeightsMismatchError } from './errors.ts';
import { loadWeights, type LoadWeightsOptions } from './load-weights.ts';

const device = reference();

const float = (shape: readonly number[], ...values: readonly number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

const shapes = { 'conv.weight': [2, 1, 1], 'fc.weight': [2, 3], 'fc.bias': [2] };
const weights: Readonly<Record<string, HostTensor>> = {
  'conv.weight': float([2, 1, 1], 1, 2),
  'fc.weight': float([2, 3], 1, 2, 3, 4, 5, 6),
  'fc.bias': float([2], 7, 8),
};
const values = { 'conv.weight': [1, 2], 'fc.weight': [1, 2, 3, 4, 5, 6], 'fc.bias': [7, 8] };
const zeroed = { 'conv.weight': [0, 0], 'fc.weight': [0, 0, 0, 0, 0, 0], 'fc.bias': [0, 0] };

const model = (own: Readonly<Record<string, readonly number[]>> = shapes): PlainModel =>
  new PlainModel(own, device);

function renamed(rename: (key: string) => string): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(weights).map(([key, value]) => [rename(key), value]));
}

describe('a model without values', () => {
  it('comes to stand on the device with those of the file, which are read there once', async () => {
    const made = new PlainModel(shapes, meta);
    const on = reference();
    const report = await loadWeights(made, await encodeTorch(weights), { device: on });
    expect(report.left).toEqual([]);
    expect(await made.values()).toEqual(values);
    expect([...made.state.values()].map((each) => each.device)).toEqual([on, on, on]);
    expect(on.liveBuffers).toBe(3);
  });

  it('loads at the second try, where the first could not give first values to what the file lacks', async () => {
    const made = new PlainModel({ ...shapes, 'head.weight': [2] }, meta);
    const move = made.to.bind(made);
    made.to = () => Promise.reject(new Error('out of memory'));
    const file = await encodeTorch(weights);
    const options = { device, strict: false };
    await expect(loadWeights(made, file, options)).rejects.toThrow('out of memory');
    made.to = move;
    expect((await loadWeights(made, file, options)).left).toEqual(['head.weight']);
    expect(await made.values()).toEqual({ ...values, 'head.weight': [1, 1] });
  });

  it('gets first values for what the file lacks', async () => {
    const made = new PlainModel({ ...shapes, 'head.weight': [2] }, meta);
    const report = await loadWeights(made, await encodeTorch(weights), { device, strict: false });
    expect(report.left).toEqual(['head.weight']);
    expect(await made.values()).toEqual({ ...values, 'head.weight': [1, 1] });
  });

  it('stays without where the file does not fit', async () => {
    const made = new PlainModel({ ...shapes, 'fc.bias': [3] }, meta);
    const on = reference();
    const file = await encodeTorch(weights);
    await expect(loadWeights(made, file, { device: on })).rejects.toThrow(WeightsMismatchError);
    expect(on.liveBuffers).toBe(0);
    expect([...made.state.values()].every((each) => each.device.isMeta)).toBe(true);
  });
});

describe('loadWeights', () => {
  it.each([
    ['safetensors', (): Promise<Uint8Array> => encodeSafetensors(weights)],
    ['a file of PyTorch', (): Promise<Uint8Array> => encodeTorch(weights)],
    ['a checkpoint', (): Promise<Uint8Array> => encodeTorch({ epoch: 1, state_dict: weights })],
  ])('reads %s', async (_, encode) => {
    const made = model();
    const report = await loadWeights(made, await encode(), { name: 'model.pth' });
    expect(await made.values()).toEqual(values);
    expect(report).toEqual({
      source: 'model.pth',
      loaded: expect.arrayContaining(Object.keys(shapes)) as unknown,
      renamed: new Map(),
      reshaped: new Map(),
      left: [],
      unexpected: [],
    });
  });

  it('finds a last layer of another name where it is all that differs', async () => {
    const made = model();
    const named = renamed((key) => `module.${key.replace('fc.', 'head.linear.')}`);
    const report = await loadWeights(made, await encodeTorch(named));
    expect(await made.values()).toEqual(values);
    expect(report.renamed.get('fc.bias')).toBe('module.head.linear.bias');
  });

  it('does not take for it a layer of other tensors, shapes or places, nor one of several', async () => {
    const { 'fc.bias': bias, 'fc.weight': weight, 'conv.weight': conv } = weights;
    const files: Record<string, HostTensor>[] = [
      { 'conv.weight': conv!, 'linear.weight': weight! },
      {
        'conv.weight': conv!,
        'linear.weight': float([3, 2], 1, 2, 3, 4, 5, 6),
        'linear.bias': bias!,
      },
      { 'stem.weight': conv!, 'fc.weight': weight!, 'fc.bias': bias! },
      { 'conv.weight': conv!, 'a.weight': weight!, 'b.bias': bias! },
    ];
    for (const file of files) {
      const made = model();
      await expect(loadWeights(made, await encodeTorch(file))).rejects.toThrow(
        WeightsMismatchError,
      );
      expect(await made.values()).toEqual(zeroed);
    }
  });

  it('reads a file that is open, and leaves it open', async () => {
    await using file = await openWeights(await encodeTorch(weights));
    const made = model();
    await loadWeights(made, file);
    await loadWeights(made, file);
    expect(await made.values()).toEqual(values);
  });

  it('gives numbers of every type the type of the model', async () => {
    const made = model({ a: [2], b: [1], c: [1], 'n.num_batches_tracked': [] });
    const file = await encodeTorch({
      a: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
      b: { dtype: 'float64', shape: [1], data: Float64Array.of(0.5) },
      c: { dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3f80) },
      'n.num_batches_tracked': { dtype: 'int64', shape: [], data: BigInt64Array.of(9n) },
    });
    await loadWeights(made, file);
    expect(await made.values()).toEqual({
      a: [1, -2],
      b: [0.5],
      c: [1],
      'n.num_batches_tracked': [9],
    });
  });

  it('does without num_batches_tracked, which old files lack', async () => {
    const made = model({ ...shapes, 'bn.num_batches_tracked': [] });
    const report = await loadWeights(made, await encodeTorch(weights));
    expect(report.left).toEqual([]);
  });

  it.each([
    ['DataParallel', (key: string): string => `module.${key}`, {}],
    ['torch.compile within it', (key: string): string => `module._orig_mod.${key}`, {}],
  ])('takes off what %s puts in front', async (_, rename, rest) => {
    const made = model();
    const report = await loadWeights(made, await encodeTorch({ ...renamed(rename), ...rest }));
    expect(await made.values()).toEqual(values);
    expect(report.renamed.get('fc.bias')).toBe(rename('fc.bias'));
  });

  it('reads averaged models, beside whose tensors their number stands', async () => {
    const made = model();
    const count: HostTensor = { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) };
    const file = await encodeTorch({ ...renamed((key) => `module.${key}`), n_averaged: count });
    expect((await loadWeights(made, file)).unexpected).toEqual([]);
    expect(await made.values()).toEqual(values);
  });

  it('keeps `module.` where the model has it itself', async () => {
    const own = Object.fromEntries(
      Object.entries(shapes).map(([key, shape]) => [`module.${key}`, shape]),
    );
    const report = await loadWeights(
      model(own),
      await encodeTorch(renamed((key) => `module.${key}`)),
    );
    expect(report.renamed.size).toBe(0);
  });

  const body = (key: string): string => `body.${key.replace('fc', 'head')}`;

  it.each<[string, LoadWeightsOptions['map']]>([
    ['beginnings', { 'body.head.': 'fc.', 'body.': '' }],
    [
      'pairs',
      [
        ['body.', ''],
        [/^head\b/, 'fc'],
      ],
    ],
    ['a function', (key) => key.slice(5).replace('head', 'fc')],
  ])('renames by %s', async (_, map) => {
    const made = model();
    const report = await loadWeights(made, await encodeTorch(renamed(body)), { map: map! });
    expect(await made.values()).toEqual(values);
    expect(report.renamed).toEqual(
      new Map([
        ['conv.weight', 'body.conv.weight'],
        ['fc.weight', 'body.head.weight'],
        ['fc.bias', 'body.head.bias'],
      ]),
    );
  });

  it('names tensors by their order', async () => {
    const made = model({ ...shapes, 'bn.num_batches_tracked': [] });
    const file = await encodeTorch({
      'stem.weight': float([2, 1], 1, 2),
      'head.weight': float([2, 3, 1, 1], 1, 2, 3, 4, 5, 6),
      'head.bias': float([2], 7, 8),
    });
    const report = await loadWeights(made, file, { map: 'in order' });
    expect(await made.values()).toEqual({ ...values, 'bn.num_batches_tracked': [0] });
    expect(report.renamed.get('fc.weight')).toBe('head.weight');
    expect(report.reshaped.get('fc.weight')).toEqual([2, 3, 1, 1]);
  });

  it.each<[string, Record<string, HostTensor>]>([
    ['one is missing', { 'a.weight': float([2, 1, 1], 1, 2), 'b.bias': float([2], 7, 8) }],
    ['one is too many', { ...renamed((key) => `x.${key}`), 'x.more': float([1], 1) }],
    ['roles differ', { ...renamed((key) => `x.${key.replace('weight', 'kernel')}`) }],
    [
      'shapes differ',
      { ...renamed((key) => `x.${key}`), 'x.fc.weight': float([3, 2], 1, 2, 3, 4, 5, 6) },
    ],
  ])('names none by their order where %s', async (_, tensors) => {
    const made = model();
    const loading = loadWeights(made, await encodeTorch(tensors), { map: 'in order' });
    await expect(loading).rejects.toThrow('in the same order');
    expect(await made.values()).toEqual(zeroed);
  });

  it.each<[string, LoadWeightsOptions['map']]>([
    ['beginnings', { extra: null }],
    ['pairs', [[/^extra/, null]]],
    ['a function', (key) => (key.startsWith('extra') ? null : key)],
  ])('leaves out what %s map to null', async (_, map) => {
    const made = model();
    await loadWeights(made, await encodeTorch({ ...weights, 'extra.a': float([1], 1) }), {
      map: map!,
    });
    expect(await made.values()).toEqual(values);
  });

  it('reshapes where only axes of one element differ', async () => {
    const made = model({ ...shapes, 'conv.weight': [2, 1, 1, 1] });
    const report = await loadWeights(made, await encodeTorch(weights));
    expect(report.reshaped).toEqual(new Map([['conv.weight', [2, 1, 1]]]));
    expect((await made.values())['conv.weight']).toEqual([1, 2]);
  });

  it.each<[string, LoadWeightsOptions['head']]>([
    ['found', false],
    ['named', 'fc'],
    ['one of several', ['fc']],
  ])('leaves a replaced head out where it is %s', async (_, head) => {
    const made = model({ ...shapes, 'fc.weight': [5, 3], 'fc.bias': [5] });
    const report = await loadWeights(made, await encodeTorch(weights), { head: head! });
    expect(report.left).toEqual(['fc.weight', 'fc.bias']);
    expect((await made.values())['conv.weight']).toEqual([1, 2]);
    expect((await made.values())['fc.bias']).toEqual([0, 0, 0, 0, 0]);
  });

  it('leaves a head of as many classes out too, and one that the file lacks', async () => {
    const made = model();
    await loadWeights(made, await encodeTorch(weights), { head: false });
    expect(await made.values()).toEqual({ ...zeroed, 'conv.weight': [1, 2] });
    const { 'conv.weight': conv } = weights;
    const report = await loadWeights(made, await encodeTorch({ 'conv.weight': conv! }), {
      head: false,
    });
    expect(report.left).toEqual(['fc.weight', 'fc.bias']);
  });

  it('loads what there is where it need not be strict', async () => {
    const made = model();
    const { 'fc.bias': bias } = weights;
    const report = await loadWeights(made, await encodeTorch({ 'fc.bias': bias!, other: bias! }), {
      strict: false,
    });
    expect(report.left).toEqual(['conv.weight', 'fc.weight']);
    expect(report.unexpected).toEqual(['other']);
    expect(await made.values()).toEqual({ ...zeroed, 'fc.bias': [7, 8] });
  });
});

describe('where weights do not fit, the model is as it was:', () => {
  const { 'fc.bias': bias, ...others } = weights;

  it.each<[string, Record<string, HostTensor>, LoadWeightsOptions, string]>([
    ['one is missing', others, {}, 'missing: fc.bias'],
    ['one is too many', { ...weights, extra: bias! }, {}, 'unexpected: extra'],
    [
      'one has another shape',
      { ...weights, 'fc.bias': float([3], 1, 2, 3) },
      {},
      'of another shape: fc.bias: expected [2], got [3]',
    ],
    [
      'one has another shape and that is not strict',
      { ...weights, 'fc.bias': float([3], 1, 2, 3) },
      { strict: false },
      'fc.bias: expected [2], got [3]',
    ],
    [
      'axes are swapped',
      { ...weights, 'fc.weight': float([3, 2], 1, 2, 3, 4, 5, 6) },
      {},
      'expected [2, 3], got [3, 2]',
    ],
    [
      'two go to one',
      { ...weights, 'old.bias': bias! },
      { map: { 'old.': 'fc.' } },
      'twice: old.bias and fc.bias, both for fc.bias',
    ],
    ['none fits', { a: bias! }, { strict: false }, 'unexpected: a'],
    ['names differ a little', { ...others, 'fc.bais': bias! }, {}, 'fc.bais may be fc.bias'],
  ])('%s', async (_, tensors, options, message) => {
    const made = model();
    const error = await loadWeights(made, await encodeTorch(tensors), options).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(WeightsMismatchError);
    expect(String(error)).toContain('the weights do not fit plain; nothing was loaded');
    expect(String(error)).toContain(message);
    expect(await made.values()).toEqual(zeroed);
  });

  it('a number does not fit the type', async () => {
    const made = model({ ...shapes, 'n.num_batches_tracked': [] });
    const huge: HostTensor = { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 40n) };
    const file = await encodeTorch({ ...weights, 'n.num_batches_tracked': huge });
    await expect(loadWeights(made, file)).rejects.toThrow(
      'n.num_batches_tracked: expected numbers that int32 holds',
    );
    expect(await made.values()).toEqual({ ...zeroed, 'n.num_batches_tracked': [0] });
  });

  it('device is given for a model that has values', async () => {
    const made = model();
    const file = await encodeTorch(weights);
    const failure = await loadWeights(made, file, { device: reference() }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(DeviceError);
    expect((failure as Error).message).toContain('device is for models that have no values yet');
    expect(await made.values()).toEqual(zeroed);
  });

  it('the file breaks off behind its header', async () => {
    const bytes = await encodeSafetensors(weights);
    let reads = 0;
    const breaking = {
      name: 'cut',
      size: bytes.length,
      read: (start: number, end: number): Promise<Uint8Array> =>
        ++reads > 4 ? Promise.reject(new Error('cut')) : Promise.resolve(bytes.slice(start, end)),
      close: (): Promise<void> => Promise.resolve(),
    };
    const made = model();
    const before = device.liveBuffers;
    await expect(loadWeights(made, breaking)).rejects.toThrow('cut');
    expect(reads).toBeGreaterThan(4);
    expect(await made.values()).toEqual(zeroed);
    expect(device.liveBuffers).toBe(before);
  });

  it('the model is on the meta device', async () => {
    const made = new PlainModel(shapes, meta);
    await expect(loadWeights(made, await encodeTorch(weights))).rejects.toThrow(DeviceError);
  });

  it('the file is none', async () => {
    const file = join(import.meta.dirname, 'load-weights.test.ts');
    await expect(loadWeights(model(), file)).rejects.toThrow(WeightsFileError);
  });

  it.each<[string, unknown, object, string]>([
    ['no model', {}, {}, 'expected a model with stateDict() and loadStateDict()'],
    ['an option of nothing', model(), { maps: {} }, "no option 'maps' (did you mean 'map'?)"],
    ['a map that is none', model(), { map: 5 }, 'expected map as beginnings'],
    ['pairs that are none', model(), { map: [['a']] }, 'expected pairs'],
    [
      'a function that maps to nothing',
      model(),
      { map: () => undefined },
      'to give a name or null',
    ],
    ['a head that is none', model(), { head: 1 }, 'expected head as true, false or paths'],
    [
      'a head that is not there',
      model(),
      { head: 'fcc' },
      "no layer 'fcc' to leave as it is (did you mean 'fc'?)",
    ],
  ])('there is %s', async (_, given, options, message) => {
    const loading = loadWeights(given as PlainModel, await encodeTorch(weights), options);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(ArgumentError);
  });
});
