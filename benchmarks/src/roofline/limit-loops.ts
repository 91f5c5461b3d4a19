import { moduleOf, op, sequence, type FunctionSpec } from './assemble.ts';

/**
 * Sums that are kept in registers. 12 fill the 128-bit registers that V8 has on x64 and hide the latency of the
 * operations; 24 do so where two 128-bit operations become one 256-bit one.
 */
const sumCounts = [12, 24] as const;

/** Where the sums are stored, in pairs that lie side by side, from which V8 learns to pair them. */
const sumAddress = 1024;
const page = 65_536;

/** A loop of nothing but sum = x y + sum, on `sums` vectors of four. */
function multiplyAdd(sums: number, relaxed: boolean): FunctionSpec {
  const zero = op.i32Const(0);
  const x = 1 + sums;
  const y = x + 1;
  const start = sequence(
    sequence(zero, op.v128Load32Splat(0), op.set(x)),
    sequence(zero, op.v128Load(16), op.set(y)),
    sequence(zero, op.v128Load(32), op.set(y + 1)),
  );
  const steps = Array.from({ length: sums }, (_, i) => {
    const sum = 1 + i;
    const other = y + (i % 2);
    // Without the fused operation the product takes the sum, or it would be the same in each round.
    return relaxed
      ? sequence(op.get(x), op.get(other), op.get(sum), op.f32x4RelaxedMadd(), op.set(sum))
      : sequence(op.get(x), op.get(sum), op.f32x4Mul(), op.get(other), op.f32x4Add(), op.set(sum));
  });
  const stores = Array.from({ length: sums }, (_, i) =>
    sequence(zero, op.get(1 + i), op.v128Store(sumAddress + 16 * i)),
  );
  const body = sequence(start, op.repeat(0, steps.flat()), stores.flat());
  return { name: `multiplyAdd${sums}`, parameters: 1, vectors: sums + 3, body };
}

/** Copies `bytes` (its second parameter) from the start of the memory to behind them, again and again. */
const copy: FunctionSpec = {
  name: 'copy',
  parameters: 2,
  vectors: 0,
  body: op.repeat(0, sequence(op.get(1), op.i32Const(0), op.get(1), op.memoryCopy)),
};

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly copy: (times: number, bytes: number) => void;
  readonly [multiplyAdd: `multiplyAdd${number}`]: (rounds: number) => void;
}

/** Calls that are timed at least, the first of which may still be compiled by the way. */
const leastCalls = 5;

/** Calls `work` for about `milliseconds`, and longer each time until a call can be timed; gives the best rate. */
function bestRate(milliseconds: number, work: (times: number) => void): number {
  const end = performance.now() + milliseconds;
  let times = 1;
  let best = 0;
  for (let calls = 0; calls < leastCalls || performance.now() < end;) {
    const start = performance.now();
    work(times);
    const taken = performance.now() - start;
    if (taken < 1) {
      times *= 2;
    } else {
      best = Math.max(best, times / taken);
      calls++;
    }
  }
  return best;
}

/** What this engine's WebAssembly can do at most, on the calling thread. */
export class LimitLoops {
  readonly #exports: Exports;

  constructor() {
    let bytes = moduleOf([...sumCounts.map((sums) => multiplyAdd(sums, true)), copy], 1);
    if (!WebAssembly.validate(bytes)) {
      bytes = moduleOf([...sumCounts.map((sums) => multiplyAdd(sums, false)), copy], 1);
    }
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    this.#exports = instance.exports as unknown as Exports;
  }

  /** The most floating point operations per second of a loop of multiply-adds, in billions. */
  gflops(milliseconds: number): number {
    const rates = sumCounts.map((sums) => {
      const loop = this.#exports[`multiplyAdd${sums}`]!;
      // 4 lanes, 2 operations each; a thousand rounds are counted as one.
      return sums * 8 * 1000 * bestRate(milliseconds / 2, (times) => loop(times * 1000));
    });
    return Math.max(...rates) / 1e6;
  }

  /** The rate of copying, where `bytes` are read and written in all, in billions of bytes per second. */
  copyRate(bytes: number, milliseconds: number): number {
    const { memory, copy: run } = this.#exports;
    const each = Math.max(64, Math.round(bytes / 128) * 64);
    const before = memory.buffer.byteLength;
    if (2 * each > before) {
      memory.grow(Math.ceil((2 * each - before) / page));
      // The first touch of a page is the system's work, not the copy's.
      new Uint8Array(memory.buffer).fill(1, before);
    }
    return (2 * each * bestRate(milliseconds, (times) => run(times, each))) / 1e6;
  }
}
