import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  add,
  capture,
  gt,
  mul,
  neg,
  openScope,
  pointwise,
  pointwiseRows,
  scale,
  silu,
  stepScalar,
  sub,
  tensor,
  where,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { describe, expect, test, vi } from 'vitest';

import { cuda, type CudaDevice } from '../cuda.ts';
import { LibraryMissingError } from '../errors.ts';
import {
  emulatedOptions,
  hasEmulator,
  openEmulated,
  platform,
} from '../testing/emulated-device.ts';
import { withVariables } from '../testing/environment.ts';
import { changeEntry, keptEntry } from '../testing/kept-entry.ts';

type Body = (a: Tensor, b: Tensor, c: Tensor) => readonly Tensor[];

async function compiling(options: object = {}): Promise<CudaDevice> {
  const { nvrtc } = platform();
  return cuda({ ...emulatedOptions(), nvrtc, planCache: false, ...options });
}

/** What a captured step gives at its second run, to the bit; one NaN is as good as another. */
async function bitsOf(device: Device, body: Body, inputs: readonly Given[]): Promise<string[]> {
  using _ = openScope();
  const step = capture((...t: Tensor[]) => [...body(...(t as [Tensor, Tensor, Tensor]))]);
  const given = inputs.map(({ values, shape }) => tensor(values, shape, { device }));
  step(...given);
  await step.ready;
  const all: string[] = [];
  for (const y of step(...given)) {
    const values = Array.from(await y.data(), (x) => (Object.is(x, -0) ? '-0' : String(x)));
    all.push(values.join());
  }
  expect(String(step)).toContain('pointwiseChain');
  step.dispose();
  return all;
}

interface Given {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, -3, 1e30, -1e30, 88, -104];

/** Numbers and special values by a rule. */
function given(shape: readonly number[], seed: number): Given {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const values = Array.from({ length: count }, (_, i) => {
    const drawn = Math.imul(i + 1 + 977 * seed, 0x9e3779b1) >>> 8;
    return drawn % 3 === 0 ? special[drawn % special.length]! : (drawn % 2000) / 250 - 4;
  });
  return { values, shape };
}

/** Two rows with results, and a number. */
const twoRows: Body = (a, b) => {
  const y = mul(add(a, b), 1.5);
  return [y, sub(silu(y), b)];
};
const short = [given([5], 1), given([5], 2)];

describe.runIf(hasEmulator)('chains that NVRTC compiles', () => {
  test('the device says so, and without it the same is interpreted with no word', async () => {
    const device = await compiling();
    expect(String(device)).toBe('cuda (Emulated GPU 0, device 0, tf32: false, NVRTC 13.0)');
    const compiled = await bitsOf(device, twoRows, short);
    expect(device.counts.compiledKernels).toBe(1);
    const { nvrtc } = platform();
    expect(device.libraries.at(-1)).toEqual({
      name: 'NVRTC',
      path: nvrtc,
      version: '13.0',
      attempts: [],
      failures: [],
    });
    device.dispose();
    const { device: without } = await openEmulated();
    expect(String(without)).not.toContain('NVRTC');
    expect(await bitsOf(without, twoRows, short)).toEqual(compiled);
    expect(without.counts.compiledKernels).toBe(0);
    without.dispose();
  });

  test('one kernel serves equal chains of several steps, and shapes of one form', async () => {
    const device = await compiling();
    for (const extent of [1, 4, 7, 1030]) {
      await bitsOf(device, twoRows, [given([extent], 1), given([extent], 2)]);
    }
    expect(device.counts.compiledKernels).toBe(1);
    await bitsOf(device, twoRows, [given([3, 8], 1), given([1, 8], 2)]);
    expect(device.counts.compiledKernels).toBe(2);
    device.dispose();
  });

  test.each([
    [[15], [15], [15]],
    [
      [4, 6],
      [1, 6],
      [4, 1],
    ],
    [
      [2, 8, 3, 5],
      [1, 8, 1, 1],
      [2, 8, 3, 5],
    ],
    [
      [2, 8, 3, 5],
      [2, 8, 1, 1],
      [1, 1, 3, 1],
    ],
    [
      [2, 3, 4, 2],
      [2, 1, 4, 2],
      [1, 1, 1, 1],
    ],
    [
      [2, 3, 2, 2, 1, 2, 2, 2],
      [1, 3, 1, 2, 1, 2, 1, 2],
      [2, 1, 2, 1, 1, 1, 2, 1],
    ],
  ] as const)(
    'rows on %j, %j and %j have the bits that the interpreter gives',
    async (...shapes) => {
      const device = await compiling();
      const { device: plain } = await openEmulated();
      const inputs = shapes.map((shape, i) => given(shape, i));
      const names = Object.entries(pointwiseRows).filter(([, { result }]) => result !== 'bool');
      // Several rows a step: each is a chain with what follows it.
      for (let first = 0; first < names.length; first += 6) {
        const body: Body = (a, b, c) =>
          names
            .slice(first, first + 6)
            .flatMap(([name, { inputs: count, exampleScalars = [] }]) => {
              const x = add(add(a, b), c);
              const condition = gt(x, b);
              const operands = name === 'where' ? [condition, x, c] : [x, b, c].slice(0, count);
              const value = pointwise(name, operands, exampleScalars);
              return [neg(value), where(condition, value, b)];
            });
        expect(await bitsOf(device, body, inputs)).toEqual(await bitsOf(plain, body, inputs));
      }
      expect(device.libraries.at(-1)!.failures).toEqual([]);
      expect(device.counts.compiledKernels).toBeGreaterThan(0);
      device.dispose();
      plain.dispose();
    },
  );

  test('numbers that change from run to run are those of the run', async () => {
    using _ = openScope();
    const device = await compiling();
    let rate = 0;
    const step = capture((x: Tensor) => {
      const factor = stepScalar(() => rate);
      return sub(x, scale(mul(x, 2), factor));
    });
    const x = tensor([1, 2, 3], { device });
    for (rate = 1; rate < 5; rate++) {
      expect([...(await step(x).data())]).toEqual([1, 2, 3].map((value) => value * (1 - 2 * rate)));
      await step.ready;
    }
    expect(device.counts.compiledKernels).toBe(1);
    step.dispose();
    device.dispose();
  });

  test('for a device that the compiler does not know, the driver compiles to the end', async () => {
    await withVariables({ EMULATED_CUDA_ARCHITECTURE: '121' }, async () => {
      const device = await compiling();
      const { device: plain } = await openEmulated();
      expect(await bitsOf(device, twoRows, short)).toEqual(await bitsOf(plain, twoRows, short));
      expect(device.counts.compiledKernels).toBe(1);
      device.dispose();
      plain.dispose();
    });
  });
});

describe.runIf(hasEmulator)('kernels that were compiled before', () => {
  async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'convnet-kernels-'));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const files = (folder: string): string[] =>
    readdirSync(folder).flatMap((inner) =>
      readdirSync(join(folder, inner)).map((name) => join(folder, inner, name)),
    );

  /** Runs a chain on a new device, on which compiling fails. */
  async function withoutCompiling(folder: string): Promise<{ bits: string[]; device: CudaDevice }> {
    return withVariables({ EMULATED_LIBRARY_FAULT: 'nvrtcCompileProgram:1' }, async () => {
      const device = await compiling({ planCache: folder });
      return { bits: await bitsOf(device, twoRows, short), device };
    });
  }

  test('are found by the next process, which compiles nothing', async () => {
    await inFolder(async (folder) => {
      const first = await compiling({ planCache: folder });
      const bits = await bitsOf(first, twoRows, short);
      first.dispose();
      expect(files(folder)).toHaveLength(1);
      const second = await withoutCompiling(folder);
      expect(second.bits).toEqual(bits);
      expect(second.device.libraries.at(-1)!.failures).toEqual([]);
      expect(second.device.counts.compiledKernels).toBe(1);
      second.device.dispose();
    });
  });

  test.each([
    ['cut in half', (image: string) => image.slice(0, image.length / 2)],
    [
      'with another letter',
      (image: string) =>
        `${image.slice(0, 4000)}${image[4000] === 'A' ? 'B' : 'A'}${image.slice(4001)}`,
    ],
  ])('and one that is damaged never comes to the driver: %s', async (_, damage) => {
    await inFolder(async (folder) => {
      const first = await compiling({ planCache: folder });
      const bits = await bitsOf(first, twoRows, short);
      first.dispose();
      const [file] = files(folder) as [string];
      const { image } = keptEntry(file) as { image: string };
      const damaged = damage(image);
      expect(damaged).not.toBe(image);
      writeFileSync(file, readFileSync(file, 'utf8').replace(image, damaged));
      const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
      const second = await compiling({ planCache: folder });
      expect(await bitsOf(second, twoRows, short)).toEqual(bits);
      expect(warned).toHaveBeenCalledExactlyOnceWith(
        expect.stringContaining('is damaged, or no compiled kernel'),
        expect.anything(),
      );
      second.dispose();
      warned.mockRestore();
      expect(readFileSync(file, 'utf8')).toContain(image);
    });
  });

  test('and one that the driver does not take any more is compiled anew', async () => {
    await inFolder(async (folder) => {
      const first = await compiling({ planCache: folder });
      const bits = await bitsOf(first, twoRows, short);
      first.dispose();
      const [file] = files(folder) as [string];
      changeEntry(file, { image: Buffer.from('no cubin').toString('base64') });
      const second = await compiling({ planCache: folder });
      expect(await bitsOf(second, twoRows, short)).toEqual(bits);
      expect(second.libraries.at(-1)!.failures).toEqual([]);
      second.dispose();
      const third = await withoutCompiling(folder);
      expect(third.device.libraries.at(-1)!.failures).toEqual([]);
      third.device.dispose();
    });
  });
});

describe.runIf(hasEmulator)('what goes wrong with NVRTC', () => {
  test('what does not compile is interpreted, and told with kernel, rows and log', async () => {
    const { device: plain } = await openEmulated();
    await withVariables({ EMULATED_LIBRARY_FAULT: 'nvrtcCompileProgram:1' }, async () => {
      const device = await compiling();
      expect(await bitsOf(device, twoRows, short)).toEqual(await bitsOf(plain, twoRows, short));
      expect(device.counts.compiledKernels).toBe(0);
      const [failure, ...others] = device.libraries.at(-1)!.failures;
      expect(others).toEqual([]);
      expect(failure).toMatch(
        /^chain_[0-9a-f]{16} \(add mulScalar silu sub\): nvrtcCompileProgram: NVRTC_ERROR_COMPILATION\n/,
      );
      expect(failure).toMatch(/\nchain_[0-9a-f]{16}\.cu\(1\): error: asked for/);
      // The next chain is compiled.
      await bitsOf(device, (a, b) => [neg(mul(a, b))], short);
      expect(device.counts.compiledKernels).toBe(1);
      device.dispose();
    });
    plain.dispose();
  });

  test('a function that is absent is named with the file, and nothing is compiled', async () => {
    const { lackingNvrtc } = platform();
    const device = await compiling({ nvrtc: lackingNvrtc });
    await bitsOf(device, twoRows, short);
    await bitsOf(device, (a, b) => [neg(mul(a, b))], short);
    expect(device.libraries.at(-1)!.failures).toEqual([
      expect.stringMatching(new RegExp(`^chain_.*: ${lackingNvrtc} has no nvrtcGetCUBIN$`)),
    ]);
    expect(device.counts.compiledKernels).toBe(0);
    device.dispose();
  });

  test('one that must be there and is not, is another library, or for a newer CUDA', async () => {
    const asked = compiling({ nvrtc: '/no/such/libnvrtc.so.13' });
    await expect(asked).rejects.toThrow(LibraryMissingError);
    await expect(asked).rejects.toThrow('nvrtc asks for NVRTC, which was not found. Looked for:');
    await expect(compiling({ nvrtc: platform().cublasLt })).rejects.toThrow('has no nvrtcVersion');
    await withVariables({ EMULATED_LIBRARY_CUDA: '14010' }, async () => {
      await expect(compiling()).rejects.toThrow('for CUDA 14.1, the driver for 13.0');
    });
  });
});
