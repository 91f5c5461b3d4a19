/**
 * A caching allocator over the linear memory: two-level segregated fit (Masmano et al., ECRTS 2004). Free
 * blocks wait in lists by size, are split when a smaller one is asked for and joined with free neighbours
 * when they come back, so a loop that asks for the same sizes finds them again and memory stops growing.
 */

import { forInference } from '@convnet/tensor-core';
import { slackBytes } from './layout/constants.generated.ts';

/** A stretch of memory, free or taken. */
export interface Block {
  readonly address: number;
  size: number;
  isFree: boolean;
  /** Neighbours in memory. */
  before: Block | null;
  behind: Block | null;
  /** Neighbours in the list of free blocks of this size. */
  previous: Block | null;
  next: Block | null;
}

/** Sizes and addresses are multiples of a cache line. */
const line = 64;
/** Lists per power of two, as a power of two. */
const fineBits = 3;
const fine = 1 << fineBits;
/** Blocks of a list that are looked at for one that fits. */
const looks = 8;
/** From this size on it matters more which memory stays in one piece than which is still in the caches. */
const large = 64 << 10;
/** Least bytes by which the memory grows. */
const leastGrowth = 1 << 20;

/** What a heap asks of the memory it divides. */
export interface HeapMemory {
  /** Makes at least `bytes` usable from the start; false where that fails. */
  grow(bytes: number): boolean;
  /** Usable bytes now. */
  size(): number;
  /** Bytes at most. */
  readonly maximum: number;
}

export class Heap {
  readonly #memory: HeapMemory;
  readonly #start: number;
  readonly #lists: (Block | null)[] = [];
  /** Bit f: some list of power f has a block; bit s of #fineMaps[f]: list s of it has one. */
  #coarseMap = 0;
  readonly #fineMaps: number[] = [];
  #last: Block | null = null;
  #end: number;
  /** Bytes of taken blocks. */
  taken = 0;

  /** Divides the memory from `start` on. */
  constructor(memory: HeapMemory, start: number) {
    this.#memory = memory;
    this.#start = Math.ceil(start / line) * line;
    this.#end = this.#start;
    for (let i = 0; i < 32 * fine; i++) this.#lists.push(null);
    for (let i = 0; i < 32; i++) this.#fineMaps.push(0);
  }

  /** Bytes taken from the system for blocks, free ones included. */
  get reserved(): number {
    return this.#end - this.#start;
  }

  /** A block of at least `bytes`, or null where memory cannot grow that far, or may not. */
  allocate(bytes: number, mayGrow = true): Block | null {
    // Sizes are looked up by 32-bit arithmetic, where more would pass for less.
    if (bytes > this.#memory.maximum) return null;
    const size = Math.max(line, Math.ceil(bytes / line) * line);
    let block = this.#find(size);
    if (block === null) {
      if (!mayGrow || !this.#extend(size)) return null;
      block = this.#find(size);
      if (block === null) return null;
    }
    this.#unlist(block);
    if (block.size - size >= line) this.#split(block, size);
    block.isFree = false;
    this.taken += block.size;
    return block;
  }

  /** Takes just these bytes, whole cache lines; null where some of them are taken. Walks over all blocks. */
  claim(address: number, size: number): Block | null {
    // Only steps that are written down ask for it.
    if (forInference) return null;
    let block = this.#last;
    while (block !== null && block.address > address) block = block.before;
    if (block === null || !block.isFree || block.address + block.size < address + size) return null;
    this.#unlist(block);
    if (block.address < address) {
      this.#split(block, address - block.address);
      this.#list(block);
      block = block.behind!;
      this.#unlist(block);
    }
    if (block.size > size) this.#split(block, size);
    block.isFree = false;
    this.taken += size;
    return block;
  }

  free(block: Block): void {
    this.taken -= block.size;
    block.isFree = true;
    let merged = block;
    const { before, behind } = block;
    if (behind?.isFree === true) {
      this.#unlist(behind);
      this.#join(merged, behind);
    }
    if (before?.isFree === true) {
      this.#unlist(before);
      this.#join(before, merged);
      merged = before;
    }
    this.#list(merged);
  }

  /**
   * A free block of at least `size`: one of its own list, where the same size comes back to, or of the next list that
   * has one.
   */
  #find(size: number): Block | null {
    const index = listOf(size / line);
    const own = this.#smallestOf(index, size);
    if (own !== null) return own;
    let coarse = index >> fineBits;
    let map = this.#fineMaps[coarse]! & (-2 << (index & (fine - 1)));
    if (map === 0) {
      const coarser = coarse >= 31 ? 0 : this.#coarseMap & (-2 << coarse);
      if (coarser === 0) return this.#lastIfFits(size);
      coarse = 31 - Math.clz32(coarser & -coarser);
      map = this.#fineMaps[coarse]!;
    }
    return this.#smallestOf((coarse << fineBits) + 31 - Math.clz32(map & -map), size);
  }

  /**
   * Of the first blocks in a list the smallest that holds `size`: of equal ones the lowest in memory where they are large,
   * so that what stays free lies together, else the one that came back last.
   */
  #smallestOf(list: number, size: number): Block | null {
    let best: Block | null = null;
    let block = this.#lists[list]!;
    for (let i = 0; i < looks && block !== null; i++, block = block.next!) {
      if (block.size < size) continue;
      if (block.size === size && size < large) return block;
      if (best === null || block.size < best.size) best = block;
      else if (block.size === best.size && block.address < best.address) best = block;
    }
    return best;
  }

  /** The end of the heap may hold a block that fits but stands in a list with smaller ones. */
  #lastIfFits(size: number): Block | null {
    const last = this.#last;
    return last?.isFree === true && last.size >= size ? last : null;
  }

  #extend(size: number): boolean {
    const last = this.#last;
    const missing = last?.isFree === true ? size - last.size : size;
    const least = this.#end + missing;
    const step = Math.max(missing, leastGrowth);
    const wanted = Math.min(this.#end + step, this.#memory.maximum - slackBytes);
    if (wanted < least || !this.#memory.grow(wanted + slackBytes)) {
      if (least + slackBytes > this.#memory.maximum || !this.#memory.grow(least + slackBytes))
        return false;
    }
    const end = Math.floor((this.#memory.size() - slackBytes) / line) * line;
    const block: Block = {
      address: this.#end,
      size: end - this.#end,
      isFree: true,
      before: last,
      behind: null,
      previous: null,
      next: null,
    };
    if (last !== null) last.behind = block;
    this.#last = block;
    this.#end = end;
    if (last?.isFree === true) {
      this.#unlist(last);
      this.#join(last, block);
      this.#list(last);
    } else {
      this.#list(block);
    }
    return true;
  }

  #split(block: Block, size: number): void {
    const rest: Block = {
      address: block.address + size,
      size: block.size - size,
      isFree: true,
      before: block,
      behind: block.behind,
      previous: null,
      next: null,
    };
    if (block.behind === null) this.#last = rest;
    else block.behind.before = rest;
    block.behind = rest;
    block.size = size;
    this.#list(rest);
  }

  /** `block` takes over its neighbour `behind`. */
  #join(block: Block, behind: Block): void {
    block.size += behind.size;
    block.behind = behind.behind;
    if (behind.behind === null) this.#last = block;
    else behind.behind.before = block;
  }

  #list(block: Block): void {
    const index = listOf(block.size / line);
    const head = this.#lists[index]!;
    block.previous = null;
    block.next = head;
    if (head !== null) head.previous = block;
    this.#lists[index] = block;
    this.#fineMaps[index >> fineBits]! |= 1 << (index & (fine - 1));
    this.#coarseMap |= 1 << (index >> fineBits);
  }

  #unlist(block: Block): void {
    if (block.next !== null) block.next.previous = block.previous;
    if (block.previous !== null) {
      block.previous.next = block.next;
      return;
    }
    const index = listOf(block.size / line);
    this.#lists[index] = block.next;
    if (block.next !== null) return;
    const coarse = index >> fineBits;
    this.#fineMaps[coarse]! &= ~(1 << (index & (fine - 1)));
    if (this.#fineMaps[coarse] === 0) this.#coarseMap &= ~(1 << coarse);
  }
}

/** Number of the list for blocks of `units` cache lines. */
function listOf(units: number): number {
  const power = 31 - Math.clz32(units);
  if (power < fineBits) return units;
  const coarse = power - fineBits + 1;
  return (coarse << fineBits) + ((units >> (power - fineBits)) & (fine - 1));
}
