import { afterEach, expect, test, vi } from 'vitest';
import { UnsupportedEngineError } from './errors.ts';
import { hasRelaxedSimd, hasSharedMemory, hasSimd } from './features.ts';
import { wasm } from './loader.ts';

afterEach(() => vi.restoreAllMocks());

test('this engine has what the tests are about to use', () => {
  expect(hasSimd()).toBe(true);
  expect(hasSharedMemory()).toBe(true);
});

test('the probes are modules that an engine judges by their instructions', () => {
  const asked: Uint8Array[] = [];
  vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) => {
    asked.push(new Uint8Array(bytes as Uint8Array));
    return true;
  });
  hasSimd();
  hasRelaxedSimd();
  vi.restoreAllMocks();
  expect(asked.map((bytes) => WebAssembly.validate(bytes as BufferSource))).toEqual([
    true,
    hasRelaxedSimd(),
  ]);
  // An instruction that does not exist.
  const broken = asked[1]!.slice();
  broken[broken.length - 3] = 255;
  expect(WebAssembly.validate(broken)).toBe(false);
});

test('an engine without SIMD is an error that names those with it', async () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  await expect(wasm()).rejects.toThrow(UnsupportedEngineError);
  await expect(wasm()).rejects.toThrow(/Node 16.4/);
});

test('an engine without relaxed SIMD gets the other build, and an error if it was forced', async () => {
  const { validate } = WebAssembly;
  // The probe of relaxed SIMD is the longer one.
  vi.spyOn(WebAssembly, 'validate').mockImplementation(
    (bytes) => bytes.byteLength < 30 && validate(bytes),
  );
  const device = await wasm({ threads: 1 });
  expect(device.toString()).toBe('wasm (SIMD, 1 thread)');
  device.dispose();
  await expect(wasm({ build: 'relaxed' })).rejects.toThrow(/no relaxed SIMD/);
});
