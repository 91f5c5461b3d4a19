import { Module } from '@convnet/layers';
import { ArgumentError, formatValue } from '@convnet/tensor-core';

import type { FileNode } from '../protobuf/file-messages.ts';
import type { Run } from './operator.ts';
import { Operands, type Surroundings, type Value } from './operands.ts';

/** A node of an imported network. */
export class NodeLayer extends Module<
  [inputs: readonly (Value | null)[], surroundings: Surroundings],
  Value | readonly Value[]
> {
  readonly #node: FileNode;
  readonly #run: Run;

  constructor(node: FileNode, run: Run) {
    super();
    this.#node = node;
    this.#run = run;
  }

  override get typeName(): string {
    return this.#node.opType;
  }

  forward(inputs: readonly (Value | null)[], surroundings: Surroundings): Value | readonly Value[] {
    return this.#run(new Operands(inputs, { ...surroundings, training: this.training }));
  }

  override extraRepr(): string {
    const shown: string[] = [];
    for (const [name, attribute] of this.#node.attributes) {
      if ('value' in attribute && attribute.kind !== 'tensor') {
        shown.push(`${name}=${formatValue(attribute.value)}`);
      }
    }
    return shown.join(', ');
  }
}

/** A part of the tree of an imported network that has parts and computes nothing by itself. */
export class NodeGroup extends Module<[], never> {
  forward(): never {
    throw new ArgumentError(
      'a group of nodes has no forward of its own: call the network that it is part of',
    );
  }
}
