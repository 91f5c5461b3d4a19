import { DeviceError } from '@convnet/tensor-core';

import type { Session } from '../addon/interface.ts';
import type { Pointer } from '../cuda-buffer.ts';
import { KernelMissingError } from '../errors.ts';
import { parameterWordsFor } from './encoder.ts';
import type { Word } from './kernel-context.ts';

/** The built kernels: which file has which, and what their parameters take. */
export interface KernelIndex {
  /** By module. */
  readonly modules: Readonly<
    Record<
      string,
      { readonly kernels: Readonly<Record<string, { readonly parameterBytes: number }>> }
    >
  >;
}

/** The built kernels of a platform. */
export interface KernelFiles {
  readonly index: KernelIndex;
  /** What the driver loads for a module. */
  read(module: string): Uint8Array;
}

interface Found {
  readonly module: string;
  readonly parameterBytes: number;
}

/** A kernel that is ready to be launched. */
export interface LoadedKernel {
  /** Its number in commands. */
  readonly number: number;
  readonly parameterBytes: number;
}

/** @throws DeviceError where a launch gives a kernel other parameters than it takes. */
export function requireParameters(
  name: string,
  { parameterBytes }: LoadedKernel,
  pointers: readonly Pointer[],
  words: readonly Word[],
): void {
  const given = 4 * parameterWordsFor(pointers.length, words.length);
  if (given === parameterBytes) return;
  throw new DeviceError(
    `cuda: kernel ${name} takes ${parameterBytes} bytes of parameters, got ${given}: ${pointers.length} pointers and ` +
      `${words.length} words`,
  );
}

/** The kernels of a session, each loaded with its module when it is first launched. */
export class LoadedKernels {
  readonly #session: Session;
  readonly #files: KernelFiles;
  readonly #known = new Map<string, Found>();
  readonly #modules = new Map<string, number>();
  readonly #loaded = new Map<string, LoadedKernel>();

  constructor(session: Session, files: KernelFiles) {
    this.#session = session;
    this.#files = files;
    for (const [module, { kernels }] of Object.entries(files.index.modules)) {
      for (const [name, { parameterBytes }] of Object.entries(kernels)) {
        this.#known.set(name, { module, parameterBytes });
      }
    }
  }

  /** @throws KernelMissingError. */
  get(name: string): LoadedKernel {
    return this.#loaded.get(name) ?? this.#load(name);
  }

  /** Loads a kernel that was compiled in this process, from a module that holds it alone. @throws what the driver answers. */
  add(name: string, image: Uint8Array, parameterBytes: number): void {
    this.#take(name, this.#session.loadModule(image), parameterBytes);
  }

  #load(name: string): LoadedKernel {
    const found = this.#known.get(name);
    if (found === undefined) throw new KernelMissingError(name);
    let module = this.#modules.get(found.module);
    if (module === undefined) {
      module = this.#session.loadModule(this.#files.read(found.module));
      this.#modules.set(found.module, module);
    }
    return this.#take(name, module, found.parameterBytes);
  }

  #take(name: string, module: number, parameterBytes: number): LoadedKernel {
    const number = this.#session.loadFunction(module, name);
    const said = this.#session.parameterBytes(number);
    if (said !== 0 && said !== parameterBytes) {
      throw new DeviceError(
        `cuda: kernel ${name} takes ${said} bytes of parameters, but ${parameterBytes} are recorded: build the kernels anew`,
      );
    }
    const kernel = { number, parameterBytes };
    this.#loaded.set(name, kernel);
    return kernel;
  }
}
