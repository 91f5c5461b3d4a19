import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { LibrarySymbolError, translated } from '../errors.ts';
import { hasEmulator, platform } from '../testing/emulated-device.ts';
import { driverPlaces } from './find-driver.ts';
import {
  cublasLt,
  cudnn,
  findLibrary,
  nvrtc,
  type Environment,
  type Machine,
} from './find-library.ts';
import type { Addon, SharedLibrary } from './interface.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convnet-libraries-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What functions of a library answer, by its path. */
type Libraries = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A loader with these libraries; notes what was opened. */
function loader(libraries: Libraries, opened: string[] = []): Pick<Addon, 'SharedLibrary'> {
  return {
    SharedLibrary: class implements SharedLibrary {
      readonly path: string;
      constructor(path: string) {
        if (libraries[path] === undefined) throw new Error(`${path}: cannot open`);
        opened.push(path);
        this.path = path;
      }
      has(symbol: string): boolean {
        return libraries[this.path]![symbol] !== undefined;
      }
      number(symbol: string): number {
        const value = libraries[this.path]![symbol];
        if (value === undefined) throw new Error(`no ${symbol}`);
        return value;
      }
      pair(symbol: string): readonly [number, number] {
        const value = this.number(symbol);
        return [Math.floor(value), Math.round((value % 1) * 10)];
      }
    },
  };
}

const blas = (version: number, cuda: number): Libraries[string] => ({
  cublasLtGetVersion: version,
  cublasLtGetCudartVersion: cuda,
});
const dnn = (version: number, cuda: number): Libraries[string] => ({
  cudnnGetVersion: version,
  cudnnGetCudartVersion: cuda,
});

/** A file in a folder of this test. */
function file(path: string): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, '');
  return whole;
}

/** Nothing of this machine. */
const nowhere: Environment = { HOME: '/nowhere', PATH: '' };

/** A machine with Linux and these variables. */
const linux = (environment: Environment): Machine => ({ environment, platform: 'linux' });

test('what the loader finds serves; the newest that the driver runs is asked for first', () => {
  const both = {
    'libcublasLt.so.12': blas(120_805, 12_080),
    'libcublasLt.so.13': blas(131_000, 13_000),
  };
  const newer = findLibrary(loader(both), cublasLt, 13_000, undefined, linux(nowhere));
  expect(newer).toMatchObject({ title: 'cuBLASLt', version: '13.10.0', attempts: [] });
  expect(newer.library!.path).toBe('libcublasLt.so.13');
  const older = findLibrary(loader(both), cublasLt, 12_040, undefined, linux(nowhere));
  expect(older.version).toBe('12.8.5');
  const compiler = findLibrary(
    loader({ 'libnvrtc.so.12': { nvrtcVersion: 12.8 } }),
    nvrtc,
    13_000,
    undefined,
    linux(nowhere),
  );
  expect(compiler.version).toBe('12.8');
});

test("Python's packages of CUDA 12 and 13, of an environment, the user and the PATH", () => {
  const own = file('venv/lib/python3.11/site-packages/nvidia/cu13/lib/libcublasLt.so.13');
  const users = file(
    'home/.local/lib/python3.12/site-packages/nvidia/cublas/lib/libcublasLt.so.12',
  );
  const path = file('conda/lib/python3.9/site-packages/nvidia/cublas/lib/libcublasLt.so.12');
  file('conda/bin/python3');
  const all = {
    [own]: blas(130_000, 13_000),
    [users]: blas(120_000, 12_000),
    [path]: blas(120_100, 12_010),
  };
  const environment = {
    VIRTUAL_ENV: join(folder, 'venv'),
    HOME: join(folder, 'home'),
    PATH: join(folder, 'conda/bin'),
  };
  const look = (driver: number, given: Environment): string | undefined =>
    findLibrary(loader(all), cublasLt, driver, undefined, linux(given)).library?.path;
  expect(look(13_000, environment)).toBe(own);
  expect(look(12_080, environment)).toBe(path);
  expect(look(12_080, { ...environment, PATH: '' })).toBe(users);
});

test('a toolkit, the newest first', () => {
  const [older, newer] = ['9', '13'].map((n) => file(`toolkit-${n}/lib64/libcublasLt.so.13`));
  const all = { [older!]: blas(1, 13_000), [newer!]: blas(2, 13_000) };
  const found = findLibrary(
    loader(all),
    cublasLt,
    13_000,
    undefined,
    linux({
      ...nowhere,
      CUDA_HOME: join(folder, 'toolkit*'),
    }),
  );
  expect(found.library!.path).toBe(newer);
});

test('cuDNN goes with what it opens later, of the same CUDA, from beside it', () => {
  const base = 'beside/lib/python3.11/site-packages/nvidia';
  const own = file(`${base}/cudnn/lib/libcudnn.so.9`);
  const rest = ['nvrtc', 'cublasLt', 'cublas'].map((name) =>
    file(`${base}/cu13/lib/lib${name}.so.13`),
  );
  const opened: string[] = [];
  const all = Object.fromEntries([own, ...rest].map((path) => [path, dnn(92_801, 13_000)]));
  const found = findLibrary(
    loader(all, opened),
    cudnn,
    13_000,
    undefined,
    linux({
      ...nowhere,
      VIRTUAL_ENV: join(folder, 'beside'),
    }),
  );
  expect(found.version).toBe('9.28.1');
  expect(opened).toEqual([own, ...rest]);
});

test('what does not serve is told with where it was: absent, too old, for another CUDA, no such library', () => {
  const none = findLibrary(loader({}), cudnn, 13_000, undefined, linux(nowhere));
  expect(none.library).toBeNull();
  expect(none.attempts).toContainEqual({ path: 'libcudnn.so.9', reason: 'cannot open' });
  expect(none.attempts).toContainEqual({
    path: '/usr/local/cuda*/lib64/libcudnn.so.9',
    reason: 'no such file',
  });
  const reasons = (path: string, functions: Libraries[string], driver = 12_040): unknown =>
    findLibrary(loader({ [path]: functions }), cudnn, driver, path).attempts;
  expect(reasons('/a', dnn(8907, 12_020))).toEqual([
    { path: '/a', reason: 'it is of version 8, but 9.0 or newer is needed' },
  ]);
  expect(reasons('/b', dnn(92_801, 13_000))).toEqual([
    { path: '/b', reason: 'it is for CUDA 13.0, the driver for 12.4' },
  ]);
  expect(reasons('/c', {})).toEqual([{ path: '/c', reason: 'no cudnnGetCudartVersion' }]);
});

describe('on Windows', () => {
  const windows = (environment: Environment): Machine => ({
    environment: { PATH: '', ProgramFiles: join(folder, 'programs'), ...environment },
    platform: 'win32',
  });

  test('libraries have the names that NVIDIA gives them there', () => {
    const named = {
      'cublasLt64_13.dll': blas(131_000, 13_000),
      'cudnn64_9.dll': dnn(92_801, 13_000),
      'nvrtc64_130_0.dll': { nvrtcVersion: 13.5 },
    };
    for (const [kind, path] of [
      [cublasLt, 'cublasLt64_13.dll'],
      [cudnn, 'cudnn64_9.dll'],
      [nvrtc, 'nvrtc64_130_0.dll'],
    ] as const) {
      const found = findLibrary(loader(named), kind, 13_000, undefined, windows({}));
      expect(found.library?.path).toBe(path);
    }
    const older = { 'nvrtc64_120_0.dll': { nvrtcVersion: 12.8 } };
    const found = findLibrary(loader(older), nvrtc, 12_080, undefined, windows({}));
    expect(found.version).toBe('12.8');
    expect(driverPlaces('win32')).toEqual(['nvcuda.dll']);
    expect(driverPlaces('linux')[0]).toBe('libcuda.so.1');
  });

  test("toolkits, the folders of cuDNN's installer, and Python's packages", () => {
    const name = 'cublasLt64_13.dll';
    const places: readonly (readonly [place: string, environment: Environment])[] = [
      [`toolkit/bin/x64/${name}`, { CUDA_PATH: join(folder, 'toolkit') }],
      [`programs/NVIDIA GPU Computing Toolkit/CUDA/v13.0/bin/x64/${name}`, {}],
      [
        `windows-venv/Lib/site-packages/nvidia/cu13/bin/x86_64/${name}`,
        { VIRTUAL_ENV: join(folder, 'windows-venv') },
      ],
      [
        `python/Lib/site-packages/nvidia/cu13/bin/x86_64/${name}`,
        { Path: join(folder, 'python'), PATH: undefined },
      ],
      [
        `roaming/Python/Python312/site-packages/nvidia/cu13/bin/x86_64/${name}`,
        { APPDATA: join(folder, 'roaming') },
      ],
    ];
    file('python/python.exe');
    for (const [place, environment] of places) {
      const path = file(place);
      const all = { [path]: blas(131_000, 13_000) };
      const found = findLibrary(loader(all), cublasLt, 13_000, undefined, windows(environment));
      expect(found.library?.path).toBe(path);
    }
    const installed = file('programs/NVIDIA/CUDNN/v9.28/bin/13.0/x64/cudnn64_9.dll');
    const all = { [installed]: dnn(92_801, 13_000) };
    const found = findLibrary(loader(all), cudnn, 13_000, undefined, windows({}));
    expect(found.library?.path).toBe(installed);
  });
});

describe.runIf(hasEmulator)('the loader of the addon', () => {
  const { SharedLibrary } = hasEmulator
    ? (createRequire(import.meta.url)(`${platform().nativeFolder}/convnet-cuda.node`) as Addon)
    : { SharedLibrary: null! };

  test('opens a library, calls what it has, and names what it has not', () => {
    const library = new SharedLibrary(platform().driver);
    expect(library.path).toBe(platform().driver);
    expect([library.has('cuInit'), library.has('cudnnCreate')]).toEqual([true, false]);
    const call = (): unknown => library.number('cudnnGetVersion');
    expect(call).toThrow('has no cudnnGetVersion');
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = translated(thrown, 'cuda:0');
    }
    expect(error).toBeInstanceOf(LibrarySymbolError);
    expect(error).toMatchObject({ symbol: 'cudnnGetVersion', library: platform().driver });
  });

  test('says what the system says of a file that is none', () => {
    expect(() => new SharedLibrary('/no/such.so')).toThrow(/^\/no\/such\.so: cannot open/);
  });
});
