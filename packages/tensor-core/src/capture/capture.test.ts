import { describe, expect, test } from 'vitest';

import { noGrad } from '../autograd.ts';
import { full, rand, tensor, zeros } from '../create.ts';
import { CaptureError, DeviceError, DTypeError, ReleasedTensorError } from '../errors.ts';
import { add, dropout, mul, sum } from '../ops/index.ts';
import { Generator, manualSeed } from '../random.ts';
import { reference } from '../reference/index.ts';
import { keep, scope } from '../scope.ts';
import { stepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';
import { trace } from '../trace.ts';
import { assign, scale } from '../updates/index.ts';
import { capture, type CaptureOptions } from './capture.ts';
import { everyRun } from './hooks.ts';

const device = reference();

const vector = (...values: number[]): Tensor => tensor(values, { device });

/** How often the host ran the body of a step. */
function counted<Inputs extends Tensor[]>(
  body: (...inputs: Inputs) => Tensor,
): { readonly step: (...inputs: Inputs) => Tensor; readonly runs: () => number } {
  let runs = 0;
  const step = (...inputs: Inputs): Tensor => {
    runs++;
    return body(...inputs);
  };
  return { step, runs: () => runs };
}

describe('a captured step', () => {
  test('runs its body once for each shape and gives each input its own result', async () => {
    const { step, runs } = counted((x: Tensor) => add(mul(x, 2), 1));
    const captured = capture(step);
    expect(await captured(vector(1, 2)).data()).toEqual(Float32Array.of(3, 5));
    expect(await captured(vector(5, 6)).data()).toEqual(Float32Array.of(11, 13));
    expect(await captured(vector(1)).data()).toEqual(Float32Array.of(3));
    expect(await captured(vector(9)).data()).toEqual(Float32Array.of(19));
    expect(runs()).toBe(2);
    expect(captured.recordings).toBe(2);
    await captured.ready;
  });

  test('keeps what was used last, up to its limit', () => {
    const { step, runs } = counted((x: Tensor) => add(x, 1));
    const captured = capture(step, { limit: 2 });
    for (const count of [1, 2, 1, 3, 1, 2]) captured(zeros([count], { device }));
    // 1, 2 and 3 are recorded, 2 goes to make room for 3, and is recorded again.
    expect(runs()).toBe(4);
    expect(captured.recordings).toBe(2);
  });

  test('takes options that are known and in range', () => {
    for (const [options, message] of [
      [{ fuses: true }, /did you mean 'fuse'/],
      [{ fuse: 'no' }, /expected fuse as true or false, got 'no'/],
      [{ limit: 0 }, /expected limit/],
      [{ otherwise: 'ignore' }, /expected otherwise as one of 'throw', 'eager'/],
    ] as const) {
      expect(() => capture((x: Tensor) => add(x, 1), options as CaptureOptions)).toThrow(message);
    }
  });

  test('gives results in the arrays and objects that the body gives', async () => {
    const captured = capture((x: Tensor) => ({ twice: mul(x, 2), all: [x, add(x, 1)] as const }));
    for (const value of [1, 2]) {
      const { twice, all } = captured(vector(value));
      expect(await twice.item()).toBe(2 * value);
      expect(await Promise.all(all.map((t) => t.item()))).toEqual([value, value + 1]);
    }
  });

  test('gives back all that it takes', () => {
    const weight = keep(full([3], 2, { device, requiresGrad: true }));
    const captured = capture((x: Tensor) => {
      const loss = sum(mul(mul(x, weight), weight));
      weight.clearGrad();
      loss.backward();
      return loss;
    });
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) {
      scope(() => void captured(vector(1, 2, 3)));
      counts.push(device.liveBuffers);
    }
    expect(new Set(counts).size).toBe(1);
    const { live } = device.memory();
    for (let i = 0; i < 3; i++) scope(() => void captured(vector(1, 2, 3)));
    expect(device.memory().live).toBe(live);
    weight.dispose();
  });

  test('goes on with rates, counters and random draws', async () => {
    let rate = 1;
    let count = 0;
    const generator = new Generator(3);
    const body = (x: Tensor): Tensor => {
      everyRun(
        () => void count++,
        () => void count--,
      );
      const drawn = dropout(add(x, rand([8], { device })), 0.5, { generator });
      return scale(
        drawn,
        stepScalar(() => rate),
      );
    };
    const draw = async (step: (x: Tensor) => Tensor): Promise<string[]> => {
      const seen: string[] = [];
      for (rate = 1; rate < 5; rate++) {
        if (rate === 3) manualSeed(17);
        seen.push((await step(zeros([8], { device })).data()).join());
      }
      return seen;
    };
    manualSeed(5);
    const captured = await draw(capture(body));
    expect(count).toBe(4);
    const other = new Generator(3);
    manualSeed(5);
    const eager = await draw((x) =>
      scale(
        dropout(add(x, rand([8], { device })), 0.5, { generator: other }),
        stepScalar(() => rate),
      ),
    );
    expect(captured).toEqual(eager);
    expect(new Set(captured).size).toBe(4);
  });

  test('has a recording for each gradient mode and for leaves that learn or do not', async () => {
    const weight = keep(vector(2));
    const { step, runs } = counted((x: Tensor) => mul(x, weight));
    const captured = capture(step);
    captured(vector(1));
    noGrad(() => captured(vector(1)));
    weight.requiresGrad = true;
    captured(vector(1));
    expect(runs()).toBe(3);
    captured(vector(1));
    noGrad(() => captured(vector(1)));
    weight.requiresGrad = false;
    captured(vector(1));
    expect(runs()).toBe(4);
  });

  test('adds to the gradients that stand, and starts where there are none', async () => {
    const weight = keep(full([1], 3, { device, requiresGrad: true }));
    const captured = capture((x: Tensor) => {
      const loss = sum(mul(x, weight));
      loss.backward();
      return loss;
    });
    const gradients: number[] = [];
    for (const [value, clears] of [
      [1, false],
      [2, false],
      [3, true],
      [4, false],
      [5, true],
    ] as const) {
      if (clears) weight.clearGrad();
      captured(vector(value));
      gradients.push(await weight.grad!.item());
    }
    expect(gradients).toEqual([1, 3, 3, 7, 5]);
    expect(captured.recordings).toBe(2);
  });

  test('raises the versions of what it writes, so that gradients that need the old values fail', () => {
    const weight = keep(full([2], 1, { device, requiresGrad: true }));
    const captured = capture((x: Tensor) => {
      noGrad(() => assign(weight, x));
    });
    captured(vector(1, 2));
    const loss = sum(mul(weight, weight));
    captured(vector(3, 4));
    expect(() => loss.backward()).toThrow('overwritten in place');
  });

  test('is part of a captured step around it, and heard by who listens', async () => {
    const inner = capture((x: Tensor) => add(x, 1));
    inner(vector(1));
    const outer = capture((x: Tensor) => mul(inner(x), 2));
    expect(await outer(vector(1)).item()).toBe(4);
    expect(await outer(vector(2)).item()).toBe(6);
    const heard: string[] = [];
    trace(
      ({ operation }) => heard.push(operation.name),
      () => outer(vector(1)),
    );
    expect(heard).toEqual(['addScalar', 'mulScalar']);
  });

  test('prints its operations', () => {
    const captured = capture((x: Tensor) => add(x, 1));
    expect(String(captured)).toBe('captured step, nothing recorded yet');
    captured(vector(1, 2));
    expect(String(captured)).toMatchInlineSnapshot(`
      "captured for [2] float32
      input %0: [2]
      %1 = addScalar(%0) {scalars: [1]} -> [2]
      output %1"
    `);
  });
});

describe('what cannot be captured', () => {
  test.each<[string, (x: Tensor) => Tensor]>([
    [
      'the values of a tensor [1] float32 on reference were read',
      (x) => (void x.item().catch(() => 0), x),
    ],
    ['a tensor [1] float32 on reference was made of data of the host', (x) => add(x, vector(1))],
    ['Math.random() was called', (x) => mul(x, Math.random())],
    ['random numbers were drawn on the host', (x) => mul(x, new Generator(1).uniform(1)[0]!)],
    ['random numbers were drawn on the host', (x) => mul(x, new Generator(1).permutation(2)[0]!)],
  ])('%s', (what, body) => {
    const captured = capture(body);
    expect(() => captured(vector(1))).toThrow(CaptureError);
    expect(() => captured(vector(1))).toThrow(`capture: ${what}, which a replay cannot repeat`);
    expect(() => captured(vector(1))).toThrow('capture.test.ts');
  });

  test('a step that is asynchronous', () => {
    const captured = capture((async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor);
    expect(() => captured(vector(1))).toThrow(
      'capture: expected a body that returns without waiting',
    );
  });

  test('a step that keeps its results', () => {
    const kept: Tensor[] = [];
    const captured = capture((x: Tensor) => {
      kept.push(keep(add(x, 1)));
    });
    captured(vector(1));
    captured(vector(1));
    expect(() => captured(vector(1))).toThrow('a result of addScalar outlives the step');
  });

  test('runs as it is where asked to', async () => {
    const kept: Tensor[] = [];
    const captured = capture(
      (x: Tensor) => {
        kept.push(keep(add(x, 1)));
        return mul(x, 2);
      },
      { otherwise: 'eager' },
    );
    for (let i = 1; i < 6; i++) expect(await captured(vector(i)).item()).toBe(2 * i);
    expect(kept).toHaveLength(5);
    expect(captured.recordings).toBe(0);
  });
});

describe('a capture that no longer holds', () => {
  test('names inputs of another device or type', () => {
    const captured = capture((x: Tensor) => add(x, 1));
    captured(vector(1));
    const other = reference();
    const elsewhere = zeros([1], { device: other });
    expect(() => captured(elsewhere)).toThrow(DeviceError);
    expect(() => captured(elsewhere)).toThrow(
      `captured on ${device.nameBeside(other)}, got input 0 [1] float32 on ${other.nameBeside(device)}`,
    );
    expect(() => captured(zeros([1], { device, dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => captured(zeros([1], { device, dtype: 'int32' }))).toThrow(
      'capture: the step was captured with input 0 of type float32, got [1] int32 on reference',
    );
  });

  test('names a tensor that it reads and that was disposed of', () => {
    const weight = keep(vector(2));
    const captured = capture((x: Tensor) => mul(x, weight));
    captured(vector(1));
    weight.dispose();
    expect(() => captured(vector(1))).toThrow(ReleasedTensorError);
  });

  test('reads the new memory of a tensor that got another one', async () => {
    const weight = keep(vector(2));
    const captured = capture((x: Tensor) => mul(x, weight));
    expect(await captured(vector(1)).item()).toBe(2);
    weight.replaceWith(vector(5));
    expect(await captured(vector(1)).item()).toBe(5);
  });

  test('cannot be used once disposed of', () => {
    const captured = capture((x: Tensor) => add(x, 1));
    captured(vector(1));
    captured.dispose();
    captured.dispose();
    expect(() => captured(vector(1))).toThrow('capture: this step was disposed of');
  });
});
