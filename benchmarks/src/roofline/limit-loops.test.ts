import { expect, test } from 'vitest';

import { moduleOf, op, sequence } from './assemble.ts';
import { LimitLoops } from './limit-loops.ts';

test('the loops run, and memory grows for large copies', () => {
  const loops = new LimitLoops();
  expect(loops.gflops(4)).toBeGreaterThan(0);
  expect(loops.copyRate(1000, 2)).toBeGreaterThan(0);
  expect(loops.copyRate(1 << 20, 2)).toBeGreaterThan(0);
});

test('an assembled loop multiplies and adds in each round', () => {
  const [x, sum] = [1, 2];
  const step = sequence(
    op.get(x),
    op.get(sum),
    op.f32x4Mul(),
    op.get(x),
    op.f32x4Add(),
    op.set(sum),
  );
  const body = sequence(
    sequence(op.i32Const(0), op.v128Load32Splat(64), op.set(x)),
    sequence(op.i32Const(0), op.v128Load(0), op.set(sum)),
    op.repeat(0, step),
    sequence(op.i32Const(0), op.get(sum), op.v128Store(128)),
  );
  const bytes = moduleOf([{ name: 'run', parameters: 1, vectors: 2, body }], 1);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, run } = exports as {
    readonly memory: WebAssembly.Memory;
    readonly run: (rounds: number) => void;
  };
  const floats = new Float32Array(memory.buffer);
  floats.set([1, 2, 3, 4]);
  floats[16] = 2;
  run(3);
  // s -> 2 s + 2, three times: 8 s + 14.
  expect([...floats.subarray(32, 36)]).toEqual([22, 30, 38, 46]);
});
