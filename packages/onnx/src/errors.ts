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

/** What is wrong with an ONNX file. */
export type OnnxFileFault =
  /** It is no message of protobuf with the fields of an ONNX model. */
  | 'format'
  /** It ends within one of its parts. */
  | 'truncated'
  /** It would take more memory than its length explains. */
  | 'limit'
  /** Shape, element type and number of bytes of a tensor contradict each other. */
  | 'tensor'
  /** Nodes read values that nothing makes before them, or make a value that is there already. */
  | 'graph'
  /** Its operators are of a version that is not read. */
  | 'opset';

/** A file is not an ONNX model that can be read. */
export class OnnxFileError extends ConvnetError {
  override readonly name = 'OnnxFileError';
  readonly fault: OnnxFileFault;
  /** The file, as the caller named it. */
  readonly source: string;

  constructor(fault: OnnxFileFault, source: string, message: string) {
    super(`${source}: ${message}`);
    this.fault = fault;
    this.source = source;
  }
}

/** A node of an ONNX file that cannot be run. */
export interface UnsupportedOperator {
  /** Name of the node, or of its first output where it has none. */
  readonly node: string;
  /** Its operator, with the domain in front unless that is the standard one. */
  readonly operator: string;
  readonly reason: string;
}

/** An ONNX file that cannot be imported: all nodes that stand in the way, by name. */
export class UnsupportedOperatorsError extends ConvnetError {
  override readonly name = 'UnsupportedOperatorsError';
  readonly operators: readonly UnsupportedOperator[];
  /** The file, as the caller named it. */
  readonly source: string;

  constructor(source: string, operators: readonly UnsupportedOperator[]) {
    const lines = operators.map(
      ({ node, operator, reason }) => `\n  ${node}: ${operator}: ${reason}`,
    );
    const count = operators.length === 1 ? '1 node' : `${operators.length} nodes`;
    super(`importOnnx: ${source} has ${count} that cannot be run here:${lines.join('')}`);
    this.operators = operators;
    this.source = source;
  }
}

/** Thrown while a node is prepared for what cannot be run; `importOnnx` collects them. */
export class Unsupported extends Error {}
