/** Runs in a page, see `browser-bench.ts`: inference of convnet and of onnxruntime-web, in turns. */
import type { Device } from '@convnet/tensor-core';

import { inferenceNetworks } from '../inference/networks.ts';
import { OwnInference } from '../inference/own-inference.ts';
import { largestDifference, pixels } from '../inference/pixels.ts';
import { alternate, type Stepper } from '../training/alternate.ts';
import { timeSteps } from '../training/time-steps.ts';

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

/** Times of a network in a page, in milliseconds. */
export interface PageInference {
  readonly parameters: number;
  readonly macs: number;
  readonly own: readonly number[];
  readonly peer: readonly number[];
  /** Greatest difference of the logits, over the greatest of them. */
  readonly difference: number;
}

/**
 * Runs a network on one input in both libraries, with the same weights.
 * @param library where the files of onnxruntime-web are.
 */
export async function inferBeside(
  name: string,
  device: Device,
  threads: number,
  library: string,
): Promise<PageInference> {
  const network = inferenceNetworks.find((other) => other.name === name)!;
  const { inputShape } = network;
  const input = pixels(inputShape);
  const own = await OwnInference.of(network, input, device);
  try {
    const runtime = (await import(`${library}ort.wasm.min.mjs`)) as Onnxruntime;
    runtime.env.wasm.numThreads = threads;
    runtime.env.wasm.wasmPaths = library;
    const session = await runtime.InferenceSession.create(await own.onnx(), {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    });
    const feeds = { [session.inputNames[0]!]: new runtime.Tensor('float32', input, inputShape) };
    const logits = async (): Promise<Float32Array> =>
      (await session.run(feeds))[session.outputNames[0]!]!.data;
    const difference = largestDifference(await own.output(), await logits());
    const theirs: Stepper = { steps: (count) => timeSteps(count, logits) };
    const [ours, others] = await alternate([own, theirs], {
      rounds: 4,
      turn: 250,
      warmUp: 3,
      signal: new AbortController().signal,
      onRound: () => undefined,
    });
    await session.release();
    const { parameters, macs } = own;
    return { parameters, macs, own: ours!, peer: others!, difference };
  } finally {
    own.dispose();
  }
}
