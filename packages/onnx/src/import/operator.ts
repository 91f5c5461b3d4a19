import type { HostTensor } from '../host/host-tensor.ts';
import type { NodeReader } from './node-reader.ts';
import type { Operands, Value } from './operands.ts';

/** Computes the outputs of a node from its inputs. Those that nobody reads may be left out at the end. */
export type Run = (inputs: Operands) => Value | readonly Value[];

/** How the nodes of an operator are run on a device. */
export interface Operator {
  /** The inputs whose numbers must be known to the host, such as shapes and axes. */
  readonly host?: readonly number[];
  /** The inputs that are learned where they are weights of the file: as many at once as a layer has. */
  readonly learned?: readonly number[];
  /** The inputs that are kept and never learned, such as running statistics. */
  readonly kept?: readonly number[];
  /**
   * Reads the attributes of a node, all of them, and says how it is run.
   * @throws Unsupported for what cannot be run.
   */
  prepare(node: NodeReader): Run;
}

/** Computes the outputs of a node from numbers of the host. */
export type HostRun = (inputs: readonly (HostTensor | null)[]) => readonly HostTensor[];

/** How the nodes of an operator are run where the host knows all that they read. @throws Unsupported. */
export type HostOperator = (node: NodeReader) => HostRun;
