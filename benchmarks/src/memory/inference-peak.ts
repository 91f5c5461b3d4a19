import { compile, type Layer } from '@convnet/layers';
import {
  byteLength,
  meta,
  noGrad,
  openScope,
  trace,
  zeros,
  type Device,
} from '@convnet/tensor-core';

const runs = 2;

/** Memory of a compiled network. */
export interface InferencePeak {
  /** Bytes that the device took from the system. */
  readonly reserved: number;
  /** Bytes of the weights and buffers, and of the two largest outputs of an operation. */
  readonly least: number;
}

/**
 * Runs a compiled network on a device that has held nothing else.
 * @param blueprint on the meta device, in evaluation mode afterwards.
 */
export async function inferencePeak(
  blueprint: Layer,
  inputShape: readonly number[],
  device: Device,
): Promise<InferencePeak> {
  blueprint.eval();
  const outputs: number[] = [];
  trace(
    (step) => outputs.push(...step.outputs.map((output) => byteLength(output))),
    () => noGrad(() => blueprint.forward(zeros(inputShape, { device: meta }))),
  );
  const [largest = 0, second = 0] = outputs.toSorted((a, b) => b - a);
  const weights = [...blueprint.stateDict().values()].reduce((sum, t) => sum + byteLength(t), 0);
  const model = await blueprint.to(device);
  const compiled = compile(model, inputShape);
  for (let i = 0; i < runs; i++) {
    using _ = openScope();
    await compiled.forward(zeros(inputShape, { device })).data();
  }
  const { reserved } = device.memory();
  compiled.dispose();
  model.dispose();
  return { reserved, least: weights + largest + second };
}
