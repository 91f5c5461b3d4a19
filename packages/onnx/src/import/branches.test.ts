import { add, ones, relu, scope, sum, tensor, zeros } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { importOnnx, OnnxFileError, UnsupportedOperatorsError } from '../index.ts';
import { madeModel, type MadeGraph, type MadeModel, type MadeNode } from '../testing/made-model.ts';

const device = reference();

const node = (opType: string, inputs: string[], outputs: string[]): MadeNode => ({
  opType,
  inputs,
  outputs,
});

const integers = (name: string, ...values: number[]): object => ({
  name,
  type: 'int64',
  shape: values.length === 1 ? [] : [values.length],
  integers: values,
});

const branch = (nodes: MadeNode[], output = 'out', more: object = {}): MadeGraph => ({
  nodes,
  outputs: [output],
  ...more,
});

const choose = (condition: string, yes: MadeGraph, no: MadeGraph, output = 'y'): MadeNode => ({
  ...node('If', [condition], [output]),
  graphs: { then_branch: yes, else_branch: no },
});

/** `condition` is whether the axis 0 of x has as many elements as `count`. */
const compared = [
  node('Shape', ['x'], ['shape']),
  node('Gather', ['shape', 'zero'], ['extent']),
  node('Equal', ['extent', 'count'], ['condition']),
];
const numbers = [integers('zero', 0), integers('count', 1)] as MadeModel['initializers'];

const negative = branch([node('Neg', ['x'], ['out'])]);
const doubled = branch([node('Add', ['x', 'x'], ['out'])]);

async function outputOf(model: MadeModel, ...values: number[]): Promise<number[]> {
  const network = await importOnnx(madeModel(model), { device });
  const x = tensor(values, { device });
  return [...(await scope(() => network.forward(x)).data())];
}

async function refusal(model: MadeModel): Promise<unknown> {
  return importOnnx(madeModel(model), { device }).then(
    () => null,
    (error: unknown) => error,
  );
}

describe('an If whose condition the shapes tell', () => {
  const model: MadeModel = {
    nodes: [...compared, choose('condition', negative, doubled)],
    initializers: numbers!,
  };

  test('runs the branch of each shape', async () => {
    expect(await outputOf(model, 3)).toEqual([-3]);
    expect(await outputOf(model, 3, 4)).toEqual([6, 8]);
  });

  test('goes backward through the branch that was taken', async () => {
    const network = await importOnnx(madeModel(model), { device });
    for (const [count, slope] of [
      [1, -1],
      [3, 2],
    ] as const) {
      const x = ones([count], { device, requiresGrad: true });
      sum(network.forward(x)).backward();
      expect([...(await x.grad!.data())]).toEqual(Array.from({ length: count }, () => slope));
    }
  });

  test('gives all memory back', async () => {
    const network = await importOnnx(madeModel(model), { device });
    const x = ones([3], { device });
    network.forward(x).dispose();
    const before = device.liveBuffers;
    for (let i = 0; i < 3; i++) network.forward(x).dispose();
    expect(device.liveBuffers).toBe(before);
  });

  test('may stand within another, with names that both branches use, and weights of their own', async () => {
    const floats = (...values: number[]): object => ({
      name: 'w',
      shape: [values.length],
      raw: new Uint8Array(Float32Array.from(values).buffer),
    });
    const scaled = (...values: number[]): MadeGraph =>
      branch([node('Mul', ['x', 'w'], ['out'])], 'out', { initializers: [floats(...values)] });
    const inner = branch(
      [
        node('Equal', ['extent', 'two'], ['isTwo']),
        choose('isTwo', scaled(10, 20), scaled(1, 2, 3), 'chosen'),
        node('Neg', ['chosen'], ['out']),
      ],
      'out',
      { initializers: [integers('two', 2)] },
    );
    const nested: MadeModel = {
      nodes: [...compared, choose('condition', negative, inner)],
      initializers: numbers!,
    };
    expect(await outputOf(nested, 3)).toEqual([-3]);
    expect(await outputOf(nested, 3, 4)).toEqual([-30, -80]);
    expect(await outputOf(nested, 1, 1, 1)).toEqual([-1, -2, -3]);
    const network = await importOnnx(madeModel(nested), { device });
    expect([...network.stateDict().values()].map(({ shape }) => shape)).toEqual([[2], [3]]);
  });

  test('may choose numbers that shapes depend on', async () => {
    const shaped: MadeModel = {
      nodes: [
        ...compared,
        choose(
          'condition',
          branch([], 'a', { initializers: [integers('a', 1, 1)] }),
          branch(
            [node('Concat', ['two', 'two'], ['b'])].map((made) => ({ ...made, ints: { axis: 0 } })),
            'b',
            {
              initializers: [{ name: 'two', type: 'int64', shape: [1], integers: [2] }],
            },
          ),
          'shape2',
        ),
        node('Reshape', ['x', 'shape2'], ['y']),
      ],
      initializers: numbers!,
    };
    const network = await importOnnx(madeModel(shaped), { device });
    expect(network.forward(zeros([1], { device })).shape).toEqual([1, 1]);
    expect(network.forward(zeros([4], { device })).shape).toEqual([2, 2]);
  });

  test('hands an input on, which stays the caller’s', async () => {
    const same = branch([node('Identity', ['x'], ['out'])]);
    const handed: MadeModel = {
      nodes: [
        ...compared,
        choose('condition', negative, same, 'a'),
        node('Relu', ['a'], ['b']),
        node('Add', ['b', 'x'], ['y']),
      ],
      initializers: numbers!,
    };
    const network = await importOnnx(madeModel(handed), { device });
    const found = scope(() => {
      const x = tensor([1, -2], { device });
      const y = network.forward(x);
      return [y, add(relu(x), x)];
    });
    expect(await found[0]!.data()).toEqual(await found[1]!.data());
  });
});

describe('an If whose condition is a constant of the file', () => {
  const unknown = branch([node('Loop', ['x'], ['out'])]);
  const condition = { name: 'yes', type: 'bool', shape: [], raw: Uint8Array.of(1) } as const;

  test('is its branch: the other one need not be known', async () => {
    const model: MadeModel = {
      nodes: [choose('yes', doubled, unknown)],
      initializers: [condition],
    };
    expect(await outputOf(model, 1, 2)).toEqual([2, 4]);
  });

  test('may be told for an input', async () => {
    const model = madeModel({
      nodes: [choose('flag', unknown, doubled)],
      inputs: ['x', 'flag'],
    });
    const network = await importOnnx(model, { device, constants: { flag: 0 } });
    expect([...(await network.forward(ones([2], { device })).data())]).toEqual([2, 2]);
  });
});

describe('an If that cannot be run', () => {
  test('is refused where its condition is computed on the device', async () => {
    const error = await refusal({
      nodes: [node('Greater', ['x', 'x'], ['condition']), choose('condition', negative, doubled)],
    });
    expect(error).toBeInstanceOf(UnsupportedOperatorsError);
    expect((error as UnsupportedOperatorsError).operators).toEqual([
      {
        node: 'y',
        operator: 'If',
        reason: "shapes depend on the numbers of 'condition', which is computed on the device",
      },
    ]);
  });

  test('is no graph without both branches, or with too little in one', async () => {
    const lame = { ...node('If', ['x'], ['y']), graphs: { then_branch: negative } };
    const poor = choose('x', negative, { ...doubled, outputs: [] });
    const fed = choose('x', negative, { ...doubled, inputs: ['z'] });
    for (const made of [lame, poor, fed]) {
      expect(await refusal({ nodes: [made] })).toMatchObject({ fault: 'graph' });
    }
  });

  test('is nested at most sixteen times', async () => {
    let inner = negative;
    for (let i = 0; i < 17; i++) inner = branch([choose('x', inner, inner, 'out')]);
    const error = await refusal({ nodes: [choose('x', negative, inner)] });
    expect(error).toBeInstanceOf(OnnxFileError);
    expect((error as OnnxFileError).fault).toBe('limit');
  });
});
