/** Runs in a page, see `browser-bench.ts`. */
import { channelsLast, toChannelsLast } from '../tflite/channels-last.ts';
import type { Accelerator, PageSession, PageTask } from './page-session.ts';

/** What of LiteRT.js is used. */
interface Litert {
  loadLiteRt(files: string, options: { readonly threads: boolean }): Promise<unknown>;
  loadAndCompile(
    model: Uint8Array,
    options: {
      readonly accelerator: Accelerator;
      readonly cpuOptions: { readonly numThreads: number };
      readonly gpuOptions: { readonly precision: 'fp32' };
    },
  ): Promise<CompiledModel>;
  readonly Tensor: new (data: Float32Array, shape: readonly number[]) => LitertTensor;
}

interface CompiledModel {
  /** Whether the accelerator has all of its operators. */
  readonly isFullyAccelerated: boolean;
  run(input: LitertTensor): Promise<readonly LitertTensor[]>;
  delete(): void;
}

interface LitertTensor {
  moveTo(accelerator: Accelerator): Promise<LitertTensor>;
  data(): Promise<Float32Array>;
  delete(): void;
}

/** It is loaded once for a page. */
let loaded: Promise<Litert> | null = null;

async function load(library: string, threads: number): Promise<Litert> {
  const litert = (await import(`${library}dist/index.js`)) as Litert;
  await litert.loadLiteRt(`${library}wasm/`, { threads: threads > 1 });
  return litert;
}

/**
 * LiteRT.js.
 * @throws Error where it would run a part of the network elsewhere than on the accelerator.
 */
export async function openLitert(task: PageTask): Promise<PageSession> {
  const { own, input, inputShape, accelerator, threads, library } = task;
  const { loadAndCompile, Tensor } = await (loaded ??= load(
    library,
    accelerator === 'wasm' ? threads : 1,
  ));
  const model = await loadAndCompile(await own.tflite(), {
    accelerator,
    cpuOptions: { numThreads: threads },
    // As convnet computes.
    gpuOptions: { precision: 'fp32' },
  });
  if (accelerator === 'webgpu' && !model.isFullyAccelerated) {
    model.delete();
    throw new Error('LiteRT.js runs a part of the network on the processor');
  }
  const host = new Tensor(toChannelsLast(input, inputShape), channelsLast(inputShape));
  const x = accelerator === 'wasm' ? host : await host.moveTo(accelerator);
  return {
    logits: async () => {
      const [y] = await model.run(x);
      try {
        return await y!.data();
      } finally {
        // Its tensors are freed by hand.
        y!.delete();
      }
    },
    close: () => {
      x.delete();
      model.delete();
    },
  };
}
