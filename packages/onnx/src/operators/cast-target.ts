import { hostTypeOf, type HostType } from '../host/host-tensor.ts';
import type { NodeReader } from '../import/node-reader.ts';

/** The type that Cast names. @throws Unsupported for one that no tensor here has. */
export function castTarget(node: NodeReader): HostType {
  const number = node.int('to', 0);
  node.ignore('saturate', 'round_mode');
  const type = hostTypeOf(number);
  return type ?? node.refuse(`there are no tensors of the element type ${number}`);
}
