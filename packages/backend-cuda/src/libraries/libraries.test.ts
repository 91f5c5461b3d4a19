import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  add,
  capture,
  conv,
  convTranspose,
  matmul,
  mean,
  relu,
  sum,
  tensor,
  transpose,
  zeros,
  type Device,
  type Operand,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { cuda, type CudaCounts, type CudaDevice } from '../cuda.ts';
import { LibraryCallError, LibraryMissingError, LibrarySymbolError } from '../errors.ts';
import {
  emulatedOptions,
  hasEmulator,
  openEmulated,
  openWithLibraries,
  platform,
} from '../testing/emulated-device.ts';
import { withVariables } from '../testing/environment.ts';
import { changeEntry, keptEntry } from '../testing/kept-entry.ts';
import type { StoredPlan } from './plan-store.ts';

/** Integers from -4 to 4, whose products and sums float32 holds exactly. */
function integers(
  shape: readonly number[],
  device: Device,
  seed = 1,
  requiresGrad = false,
): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  let state = seed;
  const next = (): number => ((state = (state * 48_271) % 2_147_483_647) % 9) - 4;
  return tensor(Array.from({ length: count }, next), shape, { device, requiresGrad });
}

type Operands = [a: Operand, b: Operand, bias: Operand | null];

const operandOf = ({ shape, dtype, buffer }: Tensor): Operand => ({ shape, dtype, buffer });

const read = async (x: Tensor): Promise<number[]> => [...(await x.data())];
const onHost = reference();

/** Output and gradients of a convolution. */
async function convolved(
  device: Device,
  x: readonly number[],
  w: readonly number[],
  options: Parameters<typeof conv>[3],
): Promise<number[][]> {
  const input = integers(x, device, 3, true);
  const weight = integers(w, device, 5, true);
  const bias = integers([w[0]!], device, 7);
  const y = conv(input, weight, bias, options);
  sum(y).backward();
  return [await read(y), await read(input.grad!), await read(weight.grad!)];
}

describe.runIf(hasEmulator)('cuBLASLt and cuDNN, emulated', () => {
  test('the device says which were found, where, and of which version', async () => {
    const { device } = await openWithLibraries({ device: 1 });
    const name = 'Emulated GPU 1, device 1, tf32: false';
    expect(String(device)).toBe(`cuda (${name}, cuBLASLt 13.10.0, cuDNN 9.28.1, NVRTC 13.0)`);
    const { cublasLt, cudnn, nvrtc } = platform();
    expect(device.libraries).toEqual([
      { name: 'cuBLASLt', path: cublasLt, version: '13.10.0', attempts: [], failures: [] },
      { name: 'cuDNN', path: cudnn, version: '9.28.1', attempts: [], failures: [] },
      { name: 'NVRTC', path: nvrtc, version: '13.0', attempts: [], failures: [] },
    ]);
    device.dispose();
  });

  test.each([
    [
      [5, 7],
      [7, 6],
      [5, 6],
    ],
    [
      [3, 5, 7],
      [3, 7, 4],
      [3, 5, 4],
    ],
    [
      [1, 7],
      [7, 6],
      [1, 6],
    ],
    [
      [5, 7],
      [7, 1],
      [5, 1],
    ],
    [
      [5, 1],
      [1, 3],
      [5, 3],
    ],
    // A factor that is the same at each place of the batch.
    [
      [3, 5, 7],
      [1, 7, 4],
      [3, 5, 4],
    ],
  ] as const)('a product of %j by %j in all four forms, with a bias', async (a, b, out) => {
    const { device } = await openWithLibraries();
    const turned = (shape: readonly number[], turns: boolean): readonly number[] =>
      turns ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
    for (const form of [0, 1, 2, 3]) {
      const transposes = { a: form % 2 === 1, b: form >= 2 };
      const run = async (on: Device): Promise<number[]> => {
        const left = integers(turned(a, transposes.a), on);
        const right = integers(turned(b, transposes.b), on, 2);
        // Of rank 3, rows lie innermost, along which the library adds no bias.
        const hasBias = a.length === 2 && form !== 1;
        const bias = hasBias ? integers([out.at(-1)!], on, 3) : null;
        const { backend } = on;
        const spec = { shape: [...out], dtype: 'float32' } as const;
        const given = [left, right, bias].map((x) => x && operandOf(x)) as Operands;
        const buffer = backend.kernels.matmul!(...given, transposes, spec);
        const values = [...(await backend.read({ ...spec, buffer }))] as number[];
        backend.free(buffer);
        return values;
      };
      expect(await run(device)).toEqual(await run(onHost));
    }
    expect(device.counts.plans).toEqual({ own: 0, cuBLASLt: 4, cuDNN: 0 });
    expect(device.libraries.flatMap(({ failures }) => failures)).toEqual([]);
    device.dispose();
  });

  test.each([
    [[2, 5, 11], [6, 5, 3], { stride: 2, padding: 1 }],
    [[2, 3, 9, 7], [4, 3, 3, 3], { padding: 1, dilation: 2 }],
    [[2, 6, 8, 8], [9, 2, 3, 2], { groups: 3, stride: [2, 1] }],
    [[1, 4, 5, 6, 4], [3, 4, 2, 3, 1], { padding: [1, 0, 0], stride: [1, 2, 1] }],
    [[2, 8, 5, 5], [4, 8, 1, 1], {}],
    // Of the last row and column of the input nothing is read.
    [[1, 2, 6, 6], [2, 2, 2, 2], { stride: 3 }],
  ] as const)('a convolution of %j by %j in three directions: %j', async (x, w, options) => {
    const { device } = await openWithLibraries();
    expect(await convolved(device, x, w, options)).toEqual(await convolved(onHost, x, w, options));
    const { plans } = device.counts;
    expect(plans.own).toBe(0);
    expect(plans.cuDNN + plans.cuBLASLt).toBe(3);
    expect(device.libraries.flatMap(({ failures }) => failures)).toEqual([]);
    device.dispose();
  });

  test('a transposed convolution whose output goes on behind the last tap goes to own kernels', async () => {
    const { device } = await openWithLibraries();
    const run = async (on: Device): Promise<number[]> => {
      const options = { stride: 3, outputPadding: 2 };
      return read(
        convTranspose(integers([1, 4, 3, 3], on), integers([4, 2, 1, 1], on, 2), null, options),
      );
    };
    expect(await run(device)).toEqual(await run(onHost));
    expect(device.libraries.flatMap(({ failures }) => failures)).toEqual([]);
    device.dispose();
  });

  test('TF32 and engines that do not give the same bits each time are used by option only', async () => {
    // 1 + 2^-12 is 1 in TF32.
    const run = async (options: object): Promise<[number, CudaCounts]> => {
      const { device } = await openWithLibraries(options);
      const x = tensor(
        Array.from({ length: 8 }, () => 1 + 2 ** -12),
        [1, 8, 1, 1],
        { device },
      );
      const w = tensor(
        Array.from({ length: 8 * 9 }, () => 1),
        [1, 8, 3, 3],
        { device },
      );
      const [y] = await read(conv(x, w, null, { padding: 1 }));
      const { counts } = device;
      device.dispose();
      return [y!, counts];
    };
    const [ieee, first] = await run({});
    expect(ieee).toBe(8 + 2 ** -9);
    // An engine with scratch is proposed first; one that takes 300 MiB before it is beyond the limit.
    expect(first.largestWorkspace).toBe(8192);
    const [rounded] = await run({ tf32: true });
    expect(rounded).toBe(8);
    const [, third] = await run({ deterministic: false });
    expect(third.largestWorkspace).toBe(0);
    const [, fourth] = await run({ workspaceLimit: 0 });
    expect(fourth).toMatchObject({ largestWorkspace: 0, plans: { cuDNN: 1 } });
    const [, fifth] = await run({ workspaceLimit: 2 ** 30 });
    expect(fifth.largestWorkspace).toBe(300 * 2 ** 20);
  });

  /** A step with products, convolutions both ways, and numbers of its own. */
  function stepOf(device: Device): (x: Tensor) => Tensor {
    const w = integers([6, 8, 3, 3], device, 5, true);
    const v = integers([6, 6], device, 6);
    return (x) => {
      w.grad = null;
      const y = relu(conv(x, w, null, { padding: 1 }));
      const z = matmul(transpose(mean(y, [2, 3]), 0, 1), matmul(mean(y, [2, 3]), v));
      sum(z).backward();
      return add(sum(w.grad!), sum(z.detach()));
    };
  }

  test('a captured step gives the bits of the eager one and is one launch, with inputs anywhere', async () => {
    const { device } = await openWithLibraries();
    const eager = stepOf(device);
    const step = capture(stepOf(device), { fuse: false });
    const launches: number[] = [];
    for (let i = 0; i < 4; i++) {
      const x = integers([2, 8, 5, 5], device, 20 + i);
      const expected = await read(eager(x));
      const before = device.counts.launches;
      const y = step(x);
      await step.ready;
      launches.push(device.counts.launches - before);
      expect(await read(y)).toEqual(expected);
      y.dispose();
    }
    // The first is the one that is recorded; the second has a gradient to let go of, and is recorded too.
    expect(launches.slice(2)).toEqual([1, 1]);
    expect(device.counts.plans.own).toBe(0);
    step.dispose();
    device.dispose();
  });

  test('a graph that does not take what a library launches now is made anew', async () => {
    const { device } = await openWithLibraries();
    const step = capture((x: Tensor) => matmul(x, x));
    const kept: Tensor[] = [];
    await withVariables({ EMULATED_CUDA_FAULT: 'update:1' }, async () => {
      for (let i = 0; i < 4; i++) {
        const x = integers([4, 4], device, 30 + i);
        const y = step(x);
        await step.ready;
        // Both stay, so that the next are somewhere else.
        kept.push(x, y);
        const own = integers([4, 4], onHost, 30 + i);
        expect(await read(y)).toEqual(await read(matmul(own, own)));
      }
    });
    step.dispose();
    device.dispose();
  });
});

describe.runIf(hasEmulator)('plans that are timed', () => {
  /** A device that times, and what it wrote. */
  async function timed(folder: string): Promise<CudaDevice> {
    const { cublasLt, cudnn } = platform();
    return cuda({ ...emulatedOptions(), cublasLt, cudnn, planCache: folder });
  }

  const files = (folder: string): string[] =>
    readdirSync(folder).flatMap((inner) =>
      readdirSync(join(folder, inner)).map((name) => join(folder, inner, name)),
    );

  async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'convnet-plans-'));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const shapes = [
    [1, 16, 8, 8],
    [32, 16, 3, 3],
  ] as const;
  const run = (device: Device): Promise<number[][]> => convolved(device, ...shapes, { padding: 1 });

  test('once for a shape, and kept for the next process; small ones are not worth it', async () => {
    await inFolder(async (folder) => {
      const first = await timed(folder);
      const expected = await run(onHost);
      expect(await run(first)).toEqual(expected);
      const { waits, plans } = first.counts;
      expect(plans.own + plans.cuDNN + plans.cuBLASLt).toBe(3);
      expect(await run(first)).toEqual(expected);
      expect(first.counts.waits - waits).toBe(3);
      await read(matmul(integers([4, 4], first), integers([4, 4], first)));
      expect(first.counts.plans).toEqual(plans);
      first.dispose();
      expect(files(folder)).toHaveLength(3);
      const kept = keptEntry(files(folder)[0]!) as StoredPlan;
      expect(Object.keys(kept.milliseconds)).toEqual(['own', 'cuDNN 0', 'cuDNN 1']);

      const second = await timed(folder);
      expect(await run(second)).toEqual(expected);
      // The three reads alone.
      expect(second.counts).toMatchObject({ waits: 3, plans });
      second.dispose();
    });
  });

  test('a kept plan that the library does not take any more is timed anew', async () => {
    await inFolder(async (folder) => {
      const first = await timed(folder);
      await run(first);
      first.dispose();
      for (const file of files(folder)) {
        changeEntry(file, { by: 'cuDNN', text: 'no plan' });
      }
      await withVariables({ EMULATED_CUDA_QUIET: '1' }, async () => {
        const second = await timed(folder);
        expect(await run(second)).toEqual(await run(onHost));
        expect(second.counts.waits).toBeGreaterThan(3);
        expect(second.libraries[1]!.failures[0]).toContain('CUDNN_STATUS_BAD_PARAM');
        second.dispose();
      });
    });
  });

  test('a prepared step is planned before it is recorded, and waits for nothing', async () => {
    await inFolder(async (folder) => {
      const device = await timed(folder);
      const w = integers(shapes[1], device);
      const step = capture((x: Tensor) => relu(conv(x, w, null, { padding: 1 })));
      const x = integers(shapes[0], device);
      step(x).dispose();
      await step.ready;
      const { waits } = device.counts;
      step(x).dispose();
      step(x).dispose();
      expect(device.counts.waits).toBe(waits);
      step.dispose();
      device.dispose();
    });
  });

  test('without room for a trial own kernels do it, and nothing is kept', async () => {
    await withVariables({ EMULATED_CUDA_MEMORY: String(11 << 20) }, async () => {
      await inFolder(async (folder) => {
        const device = await timed(folder);
        // Twice 2.4 MiB are in use, and as much again would be needed.
        const x = integers([4, 16, 96, 96], device);
        const held = zeros([4 * 16 * 96 * 96], { device });
        const w = integers([1, 16, 1, 1], device);
        expect(await read(conv(x, w, null))).toHaveLength(4 * 96 * 96);
        expect(files(folder)).toEqual([]);
        expect(await read(held)).toHaveLength(4 * 16 * 96 * 96);
        device.dispose();
      });
    });
  });
});

describe.runIf(hasEmulator)('what goes wrong with libraries', () => {
  test('one that must be there and is not: what was looked for, and why it did not serve', async () => {
    const asked = openEmulated({ cudnn: '/no/such/libcudnn.so.9' });
    await expect(asked).rejects.toThrow(LibraryMissingError);
    await expect(asked).rejects.toThrow('cudnn asks for cuDNN, which was not found. Looked for:');
    await expect(asked).rejects.toThrow('/no/such/libcudnn.so.9: cannot open shared object file');
    await expect(openEmulated({ cudnn: platform().cublasLt })).rejects.toThrow(
      'has no cudnnGetCudartVersion',
    );
  });

  test('one of which there is no file at all', () => {
    const { message } = new LibraryMissingError('cuDNN', 'cudnn', []);
    expect(message).toMatch(/Looked for: no file of its name is in any of the places$/);
  });

  test('too old, or for a newer CUDA than the driver', async () => {
    const { cudnn } = platform();
    await withVariables({ EMULATED_LIBRARY_VERSION: '8907' }, async () => {
      await expect(openEmulated({ cudnn })).rejects.toThrow('of version 8, but 9.0 or newer');
    });
    await withVariables({ EMULATED_LIBRARY_CUDA: '14010' }, async () => {
      await expect(openEmulated({ cudnn })).rejects.toThrow('for CUDA 14.1, the driver for 13.0');
    });
  });

  test('one that does not start on the device', async () => {
    await withVariables({ EMULATED_LIBRARY_FAULT: 'cudnnCreate:1' }, async () => {
      const asked = openEmulated({ cudnn: platform().cudnn });
      await expect(asked).rejects.toThrow('cudnnCreate: CUDNN_STATUS_NOT_INITIALIZED');
    });
  });

  test('a symbol that is absent is named, with the file; until it is used it is not missed', async () => {
    const { device } = await openWithLibraries({ cudnn: platform().lackingCudnn });
    const x = integers([1, 8, 4, 4], device);
    expect(await read(matmul(integers([2, 2], device), integers([2, 2], device)))).toHaveLength(4);
    const y = conv(x, integers([8, 8, 3, 3], device), null);
    await expect(y.data()).rejects.toThrow(LibrarySymbolError);
    device.dispose();
    // Where it is timed own kernels do it.
    const { lackingCudnn } = platform();
    const timed = await cuda({ ...emulatedOptions(), cudnn: lackingCudnn, planCache: false });
    const [a, b] = [
      [1, 16, 8, 8],
      [32, 16, 3, 3],
    ] as const;
    const padded = { padding: 1 };
    expect(await convolved(timed, a, b, padded)).toEqual(await convolved(onHost, a, b, padded));
    expect(timed.counts.plans).toMatchObject({ cuDNN: 0 });
    const [failure] = timed.libraries[1]!.failures;
    expect(failure).toBe(`${lackingCudnn} has no cudnnBackendExecute`);
    timed.dispose();
  });

  test('an engine that refuses at last, and a library that has nothing for a shape', async () => {
    await withVariables({ EMULATED_LIBRARY_FAULT: 'cudnnBackendFinalize:2' }, async () => {
      // The first engine always refuses; now the next that would serve does, too.
      const { device } = await openWithLibraries({ workspaceLimit: 8192 });
      const [x, w] = [
        [1, 8, 4, 4],
        [8, 8, 3, 3],
      ] as const;
      expect(await convolved(device, x, w, {})).toEqual(await convolved(onHost, x, w, {}));
      expect(device.counts.plans).toMatchObject({ own: 0, cuDNN: 3 });
      device.dispose();
    });
    await withVariables(
      { EMULATED_LIBRARY_FAULT: 'cublasLtMatmulAlgoGetHeuristic:1' },
      async () => {
        const { device } = await openWithLibraries();
        const [a, b] = [integers([3, 4], device), integers([4, 5], device)];
        expect(await read(matmul(a, b))).toEqual(
          await read(matmul(integers([3, 4], onHost), integers([4, 5], onHost))),
        );
        expect(device.counts.plans).toEqual({ own: 1, cuBLASLt: 0, cuDNN: 0 });
        device.dispose();
      },
    );
  });

  test('a call that fails is told, and the device goes on', async () => {
    const { device } = await openWithLibraries();
    const [a, b] = [integers([3, 4], device), integers([4, 5], device)];
    await withVariables({ EMULATED_LIBRARY_FAULT: 'cublasLtMatmul:1' }, async () => {
      const y = matmul(a, b);
      await expect(y.data()).rejects.toThrow(LibraryCallError);
    });
    expect(await read(matmul(a, b))).toHaveLength(15);
    device.dispose();
  });

  test('no room for a workspace is no room, and the device goes on', async () => {
    await withVariables({ EMULATED_CUDA_MEMORY: String(64 << 20) }, async () => {
      const { device } = await openWithLibraries({ workspaceLimit: 2 ** 30 });
      const [x, w] = [integers([1, 8, 4, 4], device), integers([8, 8, 3, 3], device)];
      expect(() => conv(x, w, null)).toThrow('asked for 300.0 MiB');
      expect(await read(x)).toHaveLength(128);
      device.dispose();
    });
  });
});
