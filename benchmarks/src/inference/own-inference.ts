import { compile, countFlops, type Layer } from '@convnet/layers';
import { useHashedWeights } from '@convnet/model-testing/hashed';
import { openScope, tensor, type Device } from '@convnet/tensor-core';

import { timeSteps } from '../training/time-steps.ts';
import type { InferenceNetwork } from './networks.ts';

/** Inference of convnet on one input, again and again: the compiled network, up to the reading of its logits. */
export class OwnInference {
  readonly parameters: number;
  readonly macs: number;
  readonly #run: () => Promise<Float32Array>;
  readonly #write: (format: 'onnx' | 'tflite') => Promise<Uint8Array>;
  readonly #release: () => void;

  private constructor(
    model: Layer,
    macs: number,
    inputShape: readonly number[],
    input: Float32Array,
    device: Device,
  ) {
    const compiled = compile(model, inputShape);
    const held = openScope();
    const x = tensor(input, inputShape, { device });
    this.parameters = model.parameters().reduce((sum, { size }) => sum + size, 0);
    this.macs = macs;
    this.#run = async () => {
      using _ = openScope();
      return (await compiled.forward(x).data()) as Float32Array;
    };
    // For peers alone: a machine that only measures convnet needs no package of others.
    this.#write = async (format) =>
      format === 'onnx'
        ? (await import('@convnet/onnx')).exportOnnx(model, inputShape)
        : (await import('../tflite/export.ts')).exportTflite(model, inputShape);
    this.#release = () => {
      held.close();
      compiled.dispose();
      model.dispose();
    };
  }

  /**
   * Builds a network with hashed weights.
   * @param input the elements of one input.
   */
  static async of(
    { build, inputShape }: InferenceNetwork,
    input: Float32Array,
    device: Device,
  ): Promise<OwnInference> {
    const blueprint = build();
    const { macs } = countFlops(blueprint, inputShape);
    useHashedWeights(blueprint);
    return new OwnInference(await blueprint.to(device), macs, inputShape, input, device);
  }

  /** The logits for the input. */
  output(): Promise<Float32Array> {
    return this.#run();
  }

  /** The network with its weights as an ONNX file, nothing folded or fused. */
  onnx(): Promise<Uint8Array> {
    return this.#write('onnx');
  }

  /** The network with its weights as a .tflite file: channels last, batch norms folded and activations fused. */
  tflite(): Promise<Uint8Array> {
    return this.#write('tflite');
  }

  /** Runs it `count` times and gives the milliseconds of each. */
  steps(count: number): Promise<number[]> {
    return timeSteps(count, this.#run);
  }

  dispose(): void {
    this.#release();
  }
}
