import { createHash } from 'node:crypto';
import type { Operand, PointwiseProgram } from '@convnet/tensor-core';

import type { AddonError, Nvrtc } from '../addon/interface.ts';
import type { LoadedKernels } from '../commands/loaded-kernels.ts';
import { isFatal } from '../errors.ts';
import type { ChainChoice } from '../kernels/pointwise-chain.ts';
import { chainSource, type ChainForm, type ChainSource } from './chain-source.ts';
import type { ImageStore } from './image-store.ts';
import { compileKernel, type Target } from './kernel-compiler.ts';

/** Kernels that are compiled; where chains differ at every call, compiling would take longer than it saves. */
const mostKernels = 512;

/**
 * Kernels of chains of pointwise rows, compiled by NVRTC for the device when they are first asked for, and kept on disk. It compiles while a
 * step is prepared, and a run of one has nothing to compile. What does not compile or load is interpreted, and told in `failures`.
 */
export class CompiledChains implements ChainChoice {
  /** Kernels that are there. */
  count = 0;
  /** What did not compile or load: the kernel's name and rows, and the compiler's log. */
  readonly failures: string[] = [];
  readonly #kernels: LoadedKernels;
  readonly #nvrtc: Nvrtc;
  readonly #target: Target;
  /** What a chain's source stands behind. */
  readonly #header: string;
  readonly #store: ImageStore | null;
  /** The kernels of a program by form and types of inputs; null where it is interpreted. */
  readonly #ofPrograms = new WeakMap<PointwiseProgram, Map<string, string | null>>();
  /** By name: programs of other graphs may be the same. */
  readonly #made = new Map<string, string | null>();
  /** Whether the compiler is of use: it lacks no symbol. */
  #isUsable = true;

  constructor(
    kernels: LoadedKernels,
    nvrtc: Nvrtc,
    target: Target,
    header: string,
    store: ImageStore | null,
  ) {
    this.#kernels = kernels;
    this.#nvrtc = nvrtc;
    this.#target = target;
    this.#header = header;
    this.#store = store;
  }

  kernel(program: PointwiseProgram, inputs: readonly Operand[], form: ChainForm): string | null {
    let known = this.#ofPrograms.get(program);
    if (known === undefined) this.#ofPrograms.set(program, (known = new Map()));
    const key = inputs.reduce<string>((text, { dtype }) => `${text} ${dtype}`, form);
    let name = known.get(key);
    if (name !== undefined) return name;
    const areConditions = inputs.map(({ dtype }) => dtype === 'bool');
    const source = chainSource(program, areConditions, form);
    name = this.#made.get(source.name);
    if (name === undefined) {
      if (!this.#isUsable || this.#made.size >= mostKernels) return null;
      name = this.#make(source, program);
      this.#made.set(source.name, name);
    }
    known.set(key, name);
    return name;
  }

  #make({ name, text, parameterBytes }: ChainSource, { rows }: PointwiseProgram): string | null {
    const source = this.#header + text;
    const key = createHash('sha256').update(source).digest('hex');
    try {
      const kept = this.#store?.read(key) ?? null;
      if (kept === null || !this.#loads(name, Buffer.from(kept.image, 'base64'), parameterBytes)) {
        const image = compileKernel(this.#nvrtc, source, name, this.#target);
        this.#kernels.add(name, image, parameterBytes);
        this.#store?.write(key, { image: Buffer.from(image).toString('base64') });
      }
      this.count++;
      return name;
    } catch (error) {
      const { status, symbol, code, message } = error as AddonError;
      const isKnown = status !== undefined || symbol !== undefined || code !== undefined;
      if (isFatal(error) || !isKnown) throw error;
      if (symbol !== undefined) this.#isUsable = false;
      this.failures.push(`${name} (${rows.map((row) => row.name).join(' ')}): ${message}`);
      return null;
    }
  }

  /** Loads what was kept. @returns whether the driver takes it; else it is compiled anew. */
  #loads(name: string, image: Uint8Array, parameterBytes: number): boolean {
    try {
      this.#kernels.add(name, image, parameterBytes);
      return true;
    } catch (error) {
      if (isFatal(error) || (error as AddonError).code === undefined) throw error;
      return false;
    }
  }
}
