import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is used of onnxruntime-node. */
interface Onnxruntime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: object): Promise<Readonly<Record<string, OrtTensor>>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
}

/** A tensor of onnxruntime. */
export interface OrtTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

/** A network read by onnxruntime. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The outputs in their order. */
  run(data: Float32Array, shape: readonly number[]): Promise<readonly OrtTensor[]>;
  close(): Promise<void>;
}

/** Where the benchmarks put the peer; see `peers/installed.ts`. */
const besideBenchmarks = join(import.meta.dirname, '..', '..', '.peers', 'onnxruntime-node-1.30.0');

/**
 * The folder whose `node_modules` hold onnxruntime-node, or null where it is not installed: the one that ONNXRUNTIME
 * names, or that of `pnpm bench inference --peers`.
 */
export function onnxruntimeFolder(): string | null {
  const named = process.env['ONNXRUNTIME'];
  if (named !== undefined) return named;
  return existsSync(join(besideBenchmarks, 'node_modules', 'onnxruntime-node'))
    ? besideBenchmarks
    : null;
}

/** @throws Error of onnxruntime for a file that it does not take. */
export async function openOnnx(folder: string, model: Uint8Array): Promise<OnnxSession> {
  const entry = createRequire(join(folder, 'package.json')).resolve('onnxruntime-node');
  const loaded = (await import(pathToFileURL(entry).href)) as { readonly default: Onnxruntime };
  const { InferenceSession, Tensor } = loaded.default;
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
  });
  const { inputNames, outputNames } = session;
  return {
    inputNames,
    outputNames,
    run: async (data, shape) => {
      const results = await session.run({ [inputNames[0]!]: new Tensor('float32', data, shape) });
      return outputNames.map((name) => results[name]!);
    },
    close: () => session.release(),
  };
}
