/** Runs in a page, see `browser-bench.ts`. */
import { channelsLast, toChannelsLast } from '../tflite/channels-last.ts';
import type { PageSession, PageTask } from './page-session.ts';

/** What of LiteRT.js is used. */
interface Litert {
  loadLiteRt(files: string, options: { readonly threads: boolean }): Promise<unknown>;
  loadAndCompile(
    model: Uint8Array,
    options: {
      readonly accelerator: 'wasm';
      readonly cpuOptions: { readonly numThreads: number };
    },
  ): Promise<CompiledModel>;
  readonly Tensor: new (data: Float32Array, shape: readonly number[]) => LitertTensor;
}

interface CompiledModel {
  run(input: LitertTensor): Promise<readonly LitertTensor[]>;
  delete(): void;
}

interface LitertTensor {
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

/** LiteRT.js on WebAssembly. */
export async function openLitert(task: PageTask): Promise<PageSession> {
  const { own, input, inputShape, threads, library } = task;
  const { loadAndCompile, Tensor } = await (loaded ??= load(library, threads));
  const model = await loadAndCompile(await own.tflite(), {
    accelerator: 'wasm',
    cpuOptions: { numThreads: threads },
  });
  const x = new Tensor(toChannelsLast(input, inputShape), channelsLast(inputShape));
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
