import type { NodeReader } from '../import/node-reader.ts';
import type { Value } from '../import/operands.ts';
import { hostList, HostTensor } from './host-tensor.ts';

/** What the host knows of every tensor. */
export const shapeOperators: ReadonlyMap<
  string,
  (node: NodeReader) => (value: Value) => HostTensor
> = new Map([
  [
    'Shape',
    (node: NodeReader) => {
      const start = node.int('start', 0);
      const end = node.int('end', Infinity);
      return ({ shape }: Value): HostTensor => {
        const clamped = (at: number): number =>
          Math.min(Math.max(at < 0 ? at + shape.length : at, 0), shape.length);
        return hostList(shape.slice(clamped(start), clamped(end)));
      };
    },
  ],
  [
    'Size',
    () =>
      ({ size }: Value): HostTensor =>
        new HostTensor('int64', [], [size]),
  ],
]);
