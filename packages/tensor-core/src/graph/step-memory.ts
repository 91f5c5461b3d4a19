/**
 * A part of a step's own memory, which several results have one after the other.
 * @internal
 */
export interface Block {
  /** Bytes that the largest of them takes. */
  size: number;
  /** Whether the host writes it, so that nobody else may have it. */
  readonly isHosts: boolean;
}

/** A block is taken for something smaller if that is at least this share of it. */
const leastShare = 1 / 4;

/**
 * Divides the memory of a step among what is made in it, in the order in which it is made and given back.
 * @internal
 */
export class StepMemory {
  readonly #free: Block[] = [];

  /** The smallest free block with room, or one that need not grow by much, or a new one. */
  take(bytes: number): Block {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const { size } = this.#free[i]!;
      if (size * leastShare > bytes || size < bytes * leastShare) continue;
      const before = best < 0 ? -1 : this.#free[best]!.size;
      const isBetter = size >= bytes ? before < bytes || size < before : size > before;
      if (isBetter) best = i;
    }
    if (best < 0) return { size: bytes, isHosts: false };
    const [block] = this.#free.splice(best, 1);
    block!.size = Math.max(block!.size, bytes);
    return block!;
  }

  /** A block that the host writes before each run: nobody else has it. */
  takeForHost(bytes: number): Block {
    return { size: bytes, isHosts: true };
  }

  giveBack(block: Block): void {
    if (!block.isHosts) this.#free.push(block);
  }
}
