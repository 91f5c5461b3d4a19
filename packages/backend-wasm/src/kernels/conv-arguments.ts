import { ArgumentError, type ConvGeometry, type Epilogue } from '@convnet/tensor-core';
import * as at from '../layout/conv.generated.ts';
import type { Machine } from '../machine.ts';
import { writeEpilogue } from './epilogue-arguments.ts';

/** Writes the arguments of a convolution and its gradients, for the next call. */
export interface ConvArguments {
  /**
   * Shapes of the forward pass: [N, C, …], [O, C / groups, k…], [N, O, …].
   * @throws ArgumentError for more than three spatial axes.
   */
  writeSizes(
    input: readonly number[],
    weight: readonly number[],
    output: readonly number[],
    geometry: ConvGeometry,
  ): void;
  /** What is read and written; no epilogue, and packed weights that are not kept. */
  writeAddresses(source: number, weight: number, bias: number, out: number): void;
  /** Says that the packed weights are kept from call to call. */
  keepWeights(): void;
  /** Where they are kept, and whether they are there already. */
  writePacked(address: number, isReady: boolean): void;
  writeEpilogue(epilogue: Epilogue, residual: number): void;
}

export function convArguments(machine: Machine): ConvArguments {
  /** Three entries from up to three, missing ones in front. */
  function writeAxes(word: number, values: readonly number[], skip: number, missing: number): void {
    const { words, argumentWord: base } = machine;
    const count = values.length - skip;
    for (let i = 0; i < 3; i++) {
      const from = i - 3 + count;
      words[base + word + i] = from < 0 ? missing : values[skip + from]!;
    }
  }

  return {
    writeSizes(input, weight, output, geometry) {
      if (input.length > 5) {
        throw new ArgumentError(
          `conv: expected 1 to 3 spatial axes on device 'wasm', got ${input.length - 2}`,
        );
      }
      const { words, argumentWord: base } = machine;
      words[base + at.batch] = input[0]!;
      words[base + at.groups] = geometry.groups;
      words[base + at.inputs] = weight[1]!;
      words[base + at.outputs] = weight[0]! / geometry.groups;
      writeAxes(at.input, input, 2, 1);
      writeAxes(at.output, output, 2, 1);
      writeAxes(at.taps, weight, 2, 1);
      writeAxes(at.stride, geometry.stride, 0, 1);
      writeAxes(at.dilation, geometry.dilation, 0, 1);
      writeAxes(at.pad, geometry.padBegin, 0, 0);
    },

    writeAddresses(source, weight, bias, out) {
      const { words, argumentWord: base } = machine;
      words[base + at.source] = source;
      words[base + at.weight] = weight;
      words[base + at.bias] = bias;
      words[base + at.out] = out;
      words[base + at.keeps] = 0;
      words[base + at.packed] = 0;
      words[base + at.isPacked] = 0;
      writeEpilogue(machine, 'conv', at.epilogue, null, 0);
    },

    keepWeights() {
      machine.words[machine.argumentWord + at.keeps] = 1;
    },

    writePacked(address, isReady) {
      const { words, argumentWord: base } = machine;
      words[base + at.packed] = address;
      words[base + at.isPacked] = Number(isReady);
    },

    writeEpilogue({ activation }, residual) {
      writeEpilogue(machine, 'fusedConv', at.epilogue, activation, residual);
    },
  };
}
