import {
  cast,
  DeviceError,
  manualSeed,
  meta,
  mul,
  noGrad,
  ones,
  randn,
  ReleasedTensorError,
  square,
  sum,
  tensor,
  zeros,
  Device,
  type Tensor,
} from '@convnet/tensor-core';
import { failEverywhere, failingDevice } from '@convnet/conformance';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  BatchNorm,
  Buffer,
  constant,
  Conv2d,
  countFlops,
  initWeights,
  InstanceNorm,
  Linear,
  Module,
  ReLU,
  Sequential,
  StateChangedError,
  StateDictError,
  summary,
} from '../index.ts';

const device = reference();

/** Every value of a module's state, by key. */
async function valuesOf(module: { stateDict(): Map<string, Tensor> }): Promise<unknown> {
  return Promise.all(
    Array.from(module.stateDict(), async ([key, t]) => [key, Array.from(await t.data())]),
  );
}

/** A batch norm and an activation, each used twice. */
function twice(on: Device = device): Sequential {
  const [norm, act] = [new BatchNorm(2, 2, { device: on }), new ReLU()];
  return new Sequential([
    new Conv2d(1, 2, 1, { device: on }),
    norm,
    act,
    new Conv2d(2, 2, 1, { device: on }),
    norm,
    act,
  ]);
}

/** Two layers with one weight. */
class Tied extends Module {
  readonly a = new Linear(2, 2, { device });
  readonly b = new Linear(2, 2, { device, bias: false });

  constructor() {
    super();
    this.b.weight = this.a.weight;
  }

  override forward(x: Tensor): Tensor {
    return this.b.forward(this.a.forward(x));
  }
}

describe('a module that is used twice', () => {
  test('has all its paths in the state dict, as in PyTorch, and one tensor behind them', () => {
    const model = twice();
    const state = model.stateDict();
    const norm = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'];
    expect([...state.keys()]).toEqual([
      '0.weight',
      '0.bias',
      ...norm.map((name) => `1.${name}`),
      '3.weight',
      '3.bias',
      ...norm.map((name) => `4.${name}`),
    ]);
    expect(state.get('4.weight')).toBe(state.get('1.weight'));
    const tied = new Tied();
    expect([...tied.stateDict().keys()]).toEqual(['a.weight', 'a.bias', 'b.weight']);
    expect(Array.from(tied.namedParameters(), ([path]) => path)).toEqual(['a.weight', 'a.bias']);
  });

  test('is named and counted once where PyTorch does so', () => {
    const model = twice();
    expect(Array.from(model.namedParameters(), ([path]) => path)).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '3.weight',
      '3.bias',
    ]);
    expect(Array.from(model.namedBuffers(), ([path]) => path)).toEqual([
      '1.running_mean',
      '1.running_var',
      '1.num_batches_tracked',
    ]);
    expect(String(model).match(/BatchNorm2d/g)).toHaveLength(2);
    const { parameters, layers } = summary(model, [1, 1, 3, 3]);
    expect([parameters, layers.map((layer) => layer.parameters)]).toEqual([14, [4, 4, 0, 6, 0, 0]]);
    expect(countFlops(model, [1, 1, 3, 3]).layers).toHaveLength(6);
  });

  test('is frozen by any of its paths', () => {
    const model = twice().freeze('4');
    const frozen = [...model.namedParameters()].filter(([, p]) => !p.requiresGrad);
    expect(frozen.map(([path]) => path)).toEqual(['1.weight', '1.bias']);
  });

  test('loads what PyTorch saved: of several keys the last counts', async () => {
    const model = twice();
    const state = new Map<string, Tensor>(twice().stateDict());
    state.set('1.weight', tensor([5, 5], { device }));
    state.set('4.weight', tensor([7, 7], { device }));
    await model.loadStateDict(state);
    expect([...(await model.stateDict().get('1.weight')!.data())]).toEqual([7, 7]);
  });

  test('loads from any one of its keys, such as those of a file without repetitions', async () => {
    const source = twice();
    for (const left of ['1.', '4.']) {
      const state = new Map([...source.stateDict()].filter(([key]) => !key.startsWith(left)));
      const model = twice();
      await model.loadStateDict(state);
      expect(await valuesOf(model)).toEqual(await valuesOf(source));
    }
    const none = new Map([...source.stateDict()].filter(([key]) => !/^[14]\./.test(key)));
    await expect(twice().loadStateDict(none)).rejects.toThrow(
      'missing: 1.weight, 1.bias, 1.running_mean, 1.running_var, 4.weight',
    );
  });

  test('stays shared on another device', async () => {
    const model = twice(meta);
    await model.to(device);
    const there = reference();
    await model.to(there);
    const state = model.stateDict();
    expect(state.get('4.weight')).toBe(state.get('1.weight'));
    expect([...state.values()].every((t) => t.device === there)).toBe(true);
    expect(there.liveBuffers).toBe(9);
    model.dispose();
    expect(there.liveBuffers).toBe(0);
  });

  test('may lead back to itself', () => {
    const model = new Sequential([new Linear(1, 1)]);
    Object.assign(model.getModule('0'), { above: model });
    expect([...model.stateDict().keys()]).toEqual(['0.weight', '0.bias']);
  });
});

describe('num_batches_tracked', () => {
  test.each([
    ['batch norm', () => new BatchNorm(2, 1, { device })],
    ['instance norm', () => new InstanceNorm(2, 1, { device, trackRunningStats: true })],
  ])('may be missing for %s, whose counter then stays', async (_, make) => {
    const [layer, source] = [make(), make()];
    for (const model of [layer, source]) model.forward(randn([2, 1, 2, 2], { device }));
    const before = await layer.num_batches_tracked!.item();
    const state = new Map<string, Tensor>(source.stateDict());
    state.delete('num_batches_tracked');
    expect(await layer.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
    expect(await layer.running_mean!.data()).toEqual(await source.running_mean!.data());
    expect(await layer.num_batches_tracked!.item()).toBe(before);
  });

  test('is a right of this buffer, not of others', async () => {
    class Counted extends Module {
      readonly count = new Buffer([1], constant(3), { device });
      readonly known = new Buffer([1], constant(4), { device, optional: true });
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const state = new Map([['known', ones([1], { device })]]);
    await expect(new Counted().loadStateDict(state)).rejects.toThrow(/missing: count$/);
  });
});

describe('without strict', () => {
  test('what was left out is told', async () => {
    const model = new Linear(2, 1, { device });
    const state = new Map([
      ['weight', ones([1, 2], { device })],
      ['other', ones([1], { device })],
    ]);
    const report = await model.loadStateDict(state, { strict: false });
    expect(report).toEqual({ missing: ['bias'], unexpected: ['other'] });
    expect([...(await model.weight.data())]).toEqual([1, 1]);
  });

  test('nothing at all is refused', async () => {
    const model = new Linear(2, 1, { device });
    const others = new Map([['other', ones([1], { device })]]);
    for (const state of [new Map<string, Tensor>(), others]) {
      const failure = await model.loadStateDict(state, { strict: false }).catch((e: unknown) => e);
      expect(failure).toBeInstanceOf(StateDictError);
      expect((failure as StateDictError).missing).toEqual(['weight', 'bias']);
    }
    await new ReLU().loadStateDict(new Map(), { strict: false });
  });
});

describe('loading from the device of the model', () => {
  const sourced = (value: number): Map<string, Tensor> =>
    new Map([
      ['weight', tensor([[value, value]], { device })],
      ['bias', tensor([value], { device })],
    ]);

  test('takes effect at once, in order, also where nobody awaits it', async () => {
    const model = new Linear(2, 1, { device });
    const x = ones([1, 2], { device });
    const first = model.loadStateDict(sourced(1));
    const y = noGrad(() => model.forward(x));
    const second = model.loadStateDict(sourced(2));
    const z = noGrad(() => model.forward(x));
    expect([await y.item(), await z.item()]).toEqual([3, 6]);
    await Promise.all([first, second]);
    expect([...(await model.weight.data())]).toEqual([2, 2]);
  });

  test('takes effect at once for other types too', async () => {
    const model = new Linear(2, 1, { device });
    const state = new Map(
      Array.from(sourced(1.5), ([key, t], i) => [key, cast(t, i === 0 ? 'float16' : 'float64')]),
    );
    const loading = model.loadStateDict(state);
    expect(await noGrad(() => model.forward(ones([1, 2], { device }))).item()).toBe(4.5);
    await loading;
  });

  test('counts as writing for gradients that need the old values', () => {
    const model = new Linear(2, 1, { device });
    const loss = sum(square(model.weight));
    void model.loadStateDict(sourced(1));
    expect(() => loss.backward()).toThrow('was overwritten in place after the forward pass');
  });

  test('reads all values before it writes any', async () => {
    const model = new Sequential([new Linear(1, 1, { device }), new Linear(1, 1, { device })]);
    const [a, b] = model.stateDict().values();
    const before = [await a!.item(), await b!.item()];
    await model.loadStateDict(
      new Map([
        ['0.weight', model.stateDict().get('1.weight')!],
        ['1.weight', model.stateDict().get('0.weight')!],
      ]),
      { strict: false },
    );
    expect(before[0]).not.toBe(before[1]);
    expect(await model.stateDict().get('1.weight')!.item()).toBe(before[0]);
    const all = await valuesOf(model);
    await model.loadStateDict(model.stateDict());
    expect(await valuesOf(model)).toEqual(all);
  });

  test('names what has no values or no memory for them', async () => {
    const model = new Linear(2, 1, { device });
    const loading = (state: Map<string, Tensor>, into = model) =>
      into.loadStateDict(state, { strict: false });
    await expect(loading(new Map([['bias', zeros([1], { device: meta })]]))).rejects.toThrow(
      'loadStateDict: bias is on the meta device',
    );
    await expect(loading(sourced(1), new Linear(2, 1))).rejects.toThrow(DeviceError);
    const gone = sourced(1);
    gone.get('bias')!.dispose();
    const before = await model.weight.data();
    await expect(loading(gone)).rejects.toThrow(ReleasedTensorError);
    expect(await model.weight.data()).toEqual(before);
  });
});

describe('loading from another device', () => {
  test('takes effect when the values have been read', async () => {
    const source = twice();
    const model = twice(reference());
    const before = model.stateDict().get('0.weight')!.device.liveBuffers;
    const loading = model.loadStateDict(source.stateDict());
    await loading;
    expect(await valuesOf(model)).toEqual(await valuesOf(source));
    expect(model.stateDict().get('0.weight')!.device.liveBuffers).toBe(before);
  });

  test('is refused where the weights were written meanwhile', async () => {
    const there = reference();
    const [source, model] = [twice(), twice(there)];
    const before = [...(await model.parameters()[0]!.data())];
    const loading = model.loadStateDict(source.stateDict());
    model.forward(ones([1, 1, 2, 2], { device: there }));
    await expect(loading).rejects.toThrow(StateChangedError);
    expect([...(await model.parameters()[0]!.data())]).toEqual(before);
  });
});

describe('a change that fails half-way', () => {
  test.each([
    ['of another type', () => twice(), 'float16'],
    ['from another device', () => twice(), 'float32'],
  ] as const)('leaves all weights as they were: loading %s', async (_, make, dtype) => {
    const failing = failingDevice();
    const model = twice(failing.device);
    const source = make();
    if (dtype === 'float16') await source.to(failing.device);
    const state = new Map(
      Array.from(source.stateDict(), ([key, t]) => [
        key,
        dtype === 'float16' && t.dtype === 'float32' ? cast(t.detach(), dtype) : t,
      ]),
    );
    const before = await valuesOf(model);
    const buffers = failing.device.liveBuffers;
    const failures = await failEverywhere(
      failing,
      (arm) => {
        arm();
        return model.loadStateDict(state);
      },
      async () => {
        expect(await valuesOf(model)).toEqual(before);
        expect(failing.device.liveBuffers).toBe(buffers);
      },
    );
    expect(failures).toBeGreaterThan(7);
    expect(failing.device.liveBuffers).toBe(buffers);
    expect(await valuesOf(model)).not.toEqual(before);
  });

  test.each([
    ['from a device', device],
    ['from the meta device', meta],
  ])('leaves the model where it was: moving %s', async (_, from) => {
    manualSeed(1);
    const failing = failingDevice();
    const model = twice(from);
    if (!from.isMeta) sum(model.forward(ones([2, 1, 2, 2], { device }))).backward();
    const held = device.liveBuffers;
    const failures = await failEverywhere(
      failing,
      (arm) => {
        arm();
        return model.to(failing.device);
      },
      () => {
        expect([...model.stateDict().values()].every((t) => t.device === from)).toBe(true);
        expect([failing.device.liveBuffers, device.liveBuffers]).toEqual([0, held]);
      },
    );
    expect(failures).toBeGreaterThan(8);
    expect(failing.device.liveBuffers).toBe(from.isMeta ? 9 : 15);
    expect(held - device.liveBuffers).toBe(from.isMeta ? 0 : 15);
  });

  test('says which layer it came to: drawing weights anew', () => {
    const failing = failingDevice();
    const model = twice(failing.device);
    failing.failAfter(4);
    expect(() => initWeights(model, () => ({ weight: constant(1), bias: constant(2) }))).toThrow(
      'initWeights: 3.weight and what follows it keep their values: reference is out of memory',
    );
  });

  test('makes all weights on a device, or none', async () => {
    const failing = failingDevice();
    const model = twice(meta);
    const failures = await failEverywhere(
      failing,
      (arm) => {
        arm();
        initWeights(model, () => ({ weight: constant(1) }), failing.device);
      },
      () => {
        expect([...model.stateDict().values()].every((t) => t.device === meta)).toBe(true);
        expect(failing.device.liveBuffers).toBe(0);
      },
    );
    expect(failures).toBeGreaterThan(8);
    expect(failing.device.liveBuffers).toBe(9);
  });

  test('refuses first values that do not fit, and keeps the old ones', async () => {
    const layer = new Linear(2, 1, { device });
    const before = await valuesOf(layer);
    for (const values of [
      () => ones([2], { device }),
      () => ones([1, 2], { device, dtype: 'int32' }),
      () => ones([1, 2], { device: reference() }),
    ]) {
      layer.weight.initializer = values;
      expect(() => layer.weight.initialize()).toThrow('initializer: expected values');
      expect(await valuesOf(layer)).toEqual(before);
    }
  });
});

describe('moving a model', () => {
  test('takes the gradients along, as PyTorch does', async () => {
    const layer = new Linear(2, 1, { device });
    sum(layer.forward(tensor([[2, 3]], { device }))).backward();
    const there = reference();
    await layer.to(there);
    expect(layer.weight.grad!.device).toBe(there);
    expect([...(await layer.weight.grad!.data())]).toEqual([2, 3]);
    // More is added there.
    sum(layer.forward(tensor([[1, 1]], { device: there }))).backward();
    expect([...(await layer.weight.grad!.data())]).toEqual([3, 4]);
    expect(layer.weight.requiresGrad).toBe(true);
  });

  test('from device to device goes without the host where there is a way, gradients too', async () => {
    const layer = new Linear(2, 1, { device });
    sum(layer.forward(tensor([[2, 3]], { device }))).backward();
    const before = [...(await layer.weight.data())];
    const { backend } = reference();
    const copied: string[] = [];
    const there = new Device({
      ...backend,
      upload: () => {
        throw new Error('by the host');
      },
      copyFrom: (x, of) => {
        copied.push(`${of.name} [${x.shape}]`);
        return backend.kernels.fill!(x, 7);
      },
    });
    await layer.to(there);
    expect(copied).toEqual([
      'reference [1,2]',
      'reference [1,2]',
      'reference [1]',
      'reference [1]',
    ]);
    expect([...(await layer.weight.data())]).toEqual([7, 7]);
    expect([...(await layer.weight.grad!.data())]).toEqual([7, 7]);
    // A way that is not there for these two leaves the host.
    const elsewhere = new Device({ ...reference().backend, copyFrom: () => null });
    await layer.to(elsewhere);
    expect([...(await layer.weight.data())]).toEqual([7, 7]);
    expect(before).not.toEqual([7, 7]);
  });

  test('from the meta device is done at once', () => {
    const model = twice(meta);
    void model.to(device);
    expect(model.forward(ones([2, 1, 2, 2], { device })).shape).toEqual([2, 2, 2, 2]);
  });

  test('to the meta device gives values and gradients back', async () => {
    const on = reference();
    const layer = new Linear(2, 1, { device: on });
    sum(layer.forward(ones([1, 2], { device: on }))).backward();
    await layer.to(meta);
    expect([layer.weight.device, layer.weight.grad]).toEqual([meta, null]);
    await layer.to(on);
    expect(await layer.forward(ones([1, 2], { device: on })).data()).toHaveLength(1);
  });

  test('is refused where the model is gone before it has moved', async () => {
    const there = reference();
    const model = new Sequential([new Linear(2, 1), new Linear(2, 1, { device })]);
    const moving = model.to(there);
    model.dispose();
    await expect(moving).rejects.toThrow(ReleasedTensorError);
    expect(there.liveBuffers).toBe(0);
    await expect(new Linear(2, 1).to(there)).resolves.toBeDefined();
    const gone = new Linear(2, 1);
    gone.bias!.dispose();
    await expect(gone.to(there)).rejects.toThrow(ReleasedTensorError);
    expect(gone.weight.device).toBe(meta);
  });

  test.each<[string, (layer: Linear) => void]>([
    ['weights', (layer) => void layer.loadStateDict(new Linear(2, 1, { device }).stateDict())],
    ['gradients', (layer) => sum(mul(layer.weight, 2)).backward()],
    ['memory', (layer) => layer.weight.initialize()],
  ])('is refused where %s change meanwhile, and nothing has moved', async (_, change) => {
    const layer = new Linear(2, 1, { device });
    const there = reference();
    const moving = layer.to(there);
    change(layer);
    await expect(moving).rejects.toThrow(StateChangedError);
    expect([layer.weight.device, layer.bias!.device]).toEqual([device, device]);
    expect(there.liveBuffers).toBe(0);
  });
});
