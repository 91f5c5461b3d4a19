import type { GraphStep, Value } from '@convnet/tensor-core';

import { Inexpressible } from '../errors.ts';
import type { ActivationName } from '../operators.ts';
import type { TfliteGraph } from '../tflite-graph.ts';

/** One step of a network, and where its operators go. */
export interface Site {
  readonly graph: TfliteGraph;
  readonly step: GraphStep;
  /** The activation that the step takes in; see `fuseActivations`. */
  readonly activation: ActivationName;
  /** The place of a value that is no constant. @throws Inexpressible for a constant. */
  place(input: number): number;
  /** The elements of a constant, or null where the input is absent. @throws Inexpressible for another value. */
  constant(input: number): Float32Array | null;
}

/**
 * Writes one step as operators and returns the place of its output.
 * @throws Inexpressible where it is not written.
 */
export type Lowering = (site: Site) => number;

/** The value that a step reads in this place. */
export function operand({ step }: Site, i: number): Value {
  return step.inputs[i]!;
}

export function resultOf({ step }: Site): Value {
  return step.outputs[0]!;
}

/** @throws Inexpressible where a value is no batch of images. */
export function requireImages({ shape }: Value): void {
  if (shape.length !== 4) {
    throw new Inexpressible(`expected [N, C, H, W], got ${shape.length} axes`);
  }
}
