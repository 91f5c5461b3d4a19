import {
  Holdings,
  lastReads,
  sameShape,
  ScalarBlock,
  type Kernels,
  type Operand,
  type StepGraph,
  type TensorSpec,
} from '@convnet/tensor-core';
import type { WasmBuffer } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import type { Transcript } from './transcript.ts';

/** A value of a step with the memory that it has now, or had in the last run. */
export interface StepOperand extends Operand {
  buffer: WasmBuffer;
}

/** How far a run of a step has come. */
export interface Progress {
  /** Calls of the graph that were carried out. */
  calls: number;
}

/** What is known of a step from its graph alone. */
export class StepForm {
  readonly graph: StepGraph;
  /** For each call, the values made in the step that nobody reads behind it. */
  readonly #ends: readonly (readonly number[])[];
  /** For each call, the values whose memory it may make its result in. */
  readonly #spent: readonly (readonly number[])[];
  readonly scalars: ScalarBlock;
  /** Positions among the inputs of those that the step writes in place. */
  readonly writtenInputs: readonly number[];

  constructor(machine: Machine, graph: StepGraph) {
    this.graph = graph;
    const { calls, inputs, outputs } = graph;
    this.scalars = new ScalarBlock(graph);
    const written = new Set(
      calls.flatMap((call) => call.writes.map((position) => call.inputs[position]!)),
    );
    const ends = lastReads(calls, outputs);
    this.#ends = ends;
    this.#spent = calls.map(({ operation, outputs: made }, i) =>
      (machine.operations.has(operation) && made.length === 1) || operation === 'pointwiseChain'
        ? ends[i]!.filter(
            (value) =>
              !made.includes(value) && isAlike(graph.values[value]!, graph.values[made[0]!]!),
          )
        : [],
    );
    this.writtenInputs = [...inputs.keys()].filter((i) => written.has(inputs[i]!));
  }

  /** What a call reads. */
  operandsOf(call: number, operands: readonly StepOperand[]): (Operand | null)[] {
    return this.graph.calls[call]!.inputs.map((value) =>
      value === null ? null : operands[value]!,
    );
  }

  /**
   * Runs the step call by call, each value given back behind its last reader.
   * @param transcript who writes it down.
   * @param progress is told of each call.
   * @returns all values, with the memory that they had.
   */
  run(
    machine: Machine,
    kernels: Kernels,
    inputs: readonly WasmBuffer[],
    scalars: ArrayBuffer,
    transcript: Transcript | null,
    progress: Progress,
  ): StepOperand[] {
    const { graph } = this;
    const block = new DataView(scalars);
    // Each gets its memory when it is made.
    const operands = graph.values.map(({ shape, dtype }) => ({ shape, dtype }) as StepOperand);
    const holdings = new Holdings();
    graph.inputs.forEach((value, i) => {
      operands[value]!.buffer = inputs[i]!;
      holdings.hold(inputs[i]!);
    });
    const live = new Set<WasmBuffer>();
    machine.scribe = transcript;
    try {
      graph.calls.forEach((call, i) => {
        progress.calls = i;
        transcript?.begin();
        const spent = this.#spent[i]!.find(
          (value) => value !== call.outputs[0] && holdings.isAlone(operands[value]!.buffer),
        );
        machine.spent = spent === undefined ? null : operands[spent]!.buffer;
        const made = call.run(
          kernels,
          this.operandsOf(i, operands),
          this.scalars.valuesOf(i, block),
        );
        if (spent !== undefined && machine.spent === null) transcript?.spends(spent);
        call.outputs.forEach((value, k) => {
          const buffer = made[k] as WasmBuffer;
          operands[value]!.buffer = buffer;
          live.add(buffer);
          holdings.hold(buffer);
        });
        for (const value of this.#ends[i]!) {
          const { buffer } = operands[value]!;
          live.delete(buffer);
          if (holdings.letGo(buffer)) machine.free(buffer);
        }
      });
    } catch (error) {
      for (const buffer of live) if (holdings.letGo(buffer)) machine.free(buffer);
      throw error;
    } finally {
      machine.scribe = null;
      machine.spent = null;
    }
    return operands;
  }
}

/** Whether a result may stand where an operand does: an element that is written has been read, and no other one. */
function isAlike(operand: TensorSpec, result: TensorSpec): boolean {
  return (
    operand.dtype === 'float32' &&
    result.dtype === 'float32' &&
    sameShape(operand.shape, result.shape)
  );
}
