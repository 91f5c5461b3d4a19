import type { DType, GraphStep, Value } from '@convnet/tensor-core';

import type { OnnxGraph } from '../onnx-graph.ts';
import type { Attribute } from '../protobuf/messages.ts';
import type { Extent } from '../traced-network.ts';

/** One step of a network, and where its ONNX nodes go. */
export interface Site {
  readonly graph: OnnxGraph;
  readonly step: GraphStep;
  /** Names of the inputs, '' where an optional one is absent. */
  readonly inputs: readonly string[];
  extentsOf(value: Value): readonly Extent[];
  /** Adds a node in the module's name and returns the name of its output. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): string;
  /** The extents of a value as a list that nodes read. */
  extents(extents: readonly Extent[]): string;
}

/**
 * Writes one step as ONNX nodes and returns the name of its first output; others are nobody's.
 * @throws Inexpressible where ONNX has no words for it.
 */
export type Lowering = (site: Site) => string;

export const ints = (values: readonly number[]): Attribute => ({ ints: values });
export const int = (value: number): Attribute => ({ int: value });
export const float = (value: number): Attribute => ({ float: value });
export const text = (value: string): Attribute => ({ string: value });

/** The tensor that a step reads in this place. */
export function operand({ step }: Site, i: number): Value {
  return step.inputs[i]!;
}

export function dtypeOf(site: Site, i = 0): DType {
  return operand(site, i).dtype;
}

/** A number of the type of the first input. */
export function number(site: Site, value: number): string {
  return site.graph.scalar(dtypeOf(site), value);
}
