/** Runs in a page, see `browser-bench.ts`. */
import type { PageSession, PageTask } from './page-session.ts';

/** What of onnxruntime-web is used. */
interface Onnxruntime {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: string } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, object>>): Promise<Record<string, { data: Float32Array }>>;
  release(): Promise<void>;
}

/** onnxruntime-web. */
export async function openOnnxruntime(task: PageTask): Promise<PageSession> {
  const { own, input, inputShape, accelerator, threads, library } = task;
  const runtime = (await import(`${library}ort.${accelerator}.min.mjs`)) as Onnxruntime;
  runtime.env.wasm.numThreads = threads;
  runtime.env.wasm.wasmPaths = library;
  const session = await runtime.InferenceSession.create(await own.onnx(), {
    executionProviders: [accelerator],
    graphOptimizationLevel: 'all',
  });
  const feeds = { [session.inputNames[0]!]: new runtime.Tensor('float32', input, inputShape) };
  return {
    logits: async () => (await session.run(feeds))[session.outputNames[0]!]!.data,
    close: () => session.release(),
  };
}
