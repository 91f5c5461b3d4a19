import { ArgumentError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';

import { requireWasmOptions, type WasmOptions } from './options.ts';

describe('options of wasm()', () => {
  it.each([
    [{ thread: 1 }, "there is no option 'thread' (did you mean 'threads'?)"],
    [{ max_memory: 1 }, "did you mean 'maximumMemory'?"],
    [{ build: 'avx' }, "expected build as one of 'auto', 'simd', 'relaxed', got 'avx'"],
    [{ build: 1 }, 'got 1'],
    [{ revectorize: 'x' }, "expected revectorize as true or false, got 'x'"],
    [{ workerTimeout: Number.NaN }, 'got NaN'],
    [{ workerTimeout: 'x' }, 'expected workerTimeout '],
    [2, 'as an object, got 2'],
  ])('refuses %o', (options, message) => {
    const check = (): void => requireWasmOptions(options as unknown as WasmOptions);
    expect(check).toThrow(ArgumentError);
    expect(check).toThrow(message);
  });

  it('lets pass what there is', () => {
    expect(() => requireWasmOptions({})).not.toThrow();
    expect(() => requireWasmOptions({ threads: 2, build: 'simd', workerTimeout: 1 })).not.toThrow();
  });
});
