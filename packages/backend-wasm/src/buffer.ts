import type { DeviceBuffer } from '@convnet/tensor-core';
import type { Block } from './heap.ts';

/** How the elements of a tensor lie in memory. */
export type Layout = 'rows' | 'channelsLast';

/** A block, and what the buffers that share it have in common. */
export interface SharedBlock {
  readonly block: Block;
  /** How many have said that they will read the contents often, so that what is derived is worth keeping. */
  reuses: number;
  /** What was derived from the contents, until they change. */
  derived: Derived | null;
  /** Who gets the block back when its last buffer goes; null where the heap does. */
  keeper: Keeper | null;
}

/** Who gets blocks back. */
export interface Keeper {
  takeBack(block: Block): void;
}

/** What was derived from the contents of a buffer. */
export interface Derived {
  /** Says what it is. */
  readonly key: string;
  readonly block: Block;
  /** Whether it has been computed; the kernel that does so may fail for want of memory. */
  isReady: boolean;
}

/** Memory of one tensor. */
export class WasmBuffer implements DeviceBuffer {
  readonly address: number;
  readonly byteLength: number;
  layout: Layout;
  readonly shared: SharedBlock;

  constructor(shared: SharedBlock, byteLength: number, layout: Layout) {
    this.shared = shared;
    this.address = shared.block.address;
    this.byteLength = byteLength;
    this.layout = layout;
  }

  /** What whoever runs kernels knows the memory by. */
  get memory(): SharedBlock {
    return this.shared;
  }
}
