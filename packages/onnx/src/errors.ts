import { ConvnetError } from '@convnet/tensor-core';

/** An operation of a network that ONNX cannot express. */
export interface UnsupportedOperation {
  /** Path of the module that applies it, '' for the network itself. */
  readonly module: string;
  /** Its name, as `formatGraph` prints it. */
  readonly operation: string;
  readonly reason: string;
}

/** A network that cannot be exported: all operations that stand in the way, each with the path of its module. */
export class UnsupportedOperationsError extends ConvnetError {
  override readonly name = 'UnsupportedOperationsError';
  readonly operations: readonly UnsupportedOperation[];

  constructor(network: string, operations: readonly UnsupportedOperation[]) {
    const lines = operations.map(
      ({ module, operation, reason }) => `\n  ${module || network}: ${operation}: ${reason}`,
    );
    const count = operations.length === 1 ? '1 operation' : `${operations.length} operations`;
    super(`exportOnnx: ${network} has ${count} that cannot be written as ONNX:${lines.join('')}`);
    this.operations = operations;
  }
}

/** Thrown by a lowering for what it cannot express; `exportOnnx` collects them. */
export class Inexpressible extends Error {}
