import type { Session } from '../addon/interface.ts';

/** Sizes and addresses are multiples of this many bytes. */
const grain = 512;
/** Blocks up to `small` come from segments of `smallSegment` bytes, so that they do not break up large ones. */
const small = 1 << 20;
const smallSegment = 2 << 20;
/** Larger blocks come from segments of at least so much, and such that are larger still are a segment of their own. */
const largeSegment = 20 << 20;
const largeGrain = 2 << 20;

/** A stretch of a segment, free or taken. */
interface Block {
  readonly address: number;
  size: number;
  isFree: boolean;
  /** Neighbours in the segment; a segment is one block without neighbours when nobody has a part of it. */
  before: Block | null;
  behind: Block | null;
  readonly isSmall: boolean;
}

/**
 * Device memory, kept for reuse: taking it from the driver waits for the device. A block may be taken again as soon as it was given back,
 * since the device runs everything in order. Best fit, split and joined, as PyTorch's allocator has it.
 */
export class MemoryPool {
  readonly #session: Session;
  readonly #taken = new Map<number, Block>();
  /** Free blocks by size, ascending, and of equal ones by address: small ones and others. */
  readonly #free: readonly [small: Block[], large: Block[]] = [[], []];
  /** Bytes of blocks in use. */
  live = 0;
  /** Bytes taken from the driver. */
  reserved = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** @returns the address of at least `bytes`, or 0 where the device has no room. */
  take(bytes: number): number {
    const size = Math.max(Math.ceil(bytes / grain), 1) * grain;
    const isSmall = size <= small;
    const block = this.#takeFree(size, isSmall) ?? this.#addSegment(size, isSmall);
    if (block === null) return 0;
    this.#split(block, size);
    block.isFree = false;
    this.#taken.set(block.address, block);
    this.live += block.size;
    return block.address;
  }

  giveBack(address: number): void {
    let block = this.#taken.get(address)!;
    this.#taken.delete(address);
    this.live -= block.size;
    block.isFree = true;
    const { before, behind } = block;
    if (behind?.isFree === true) {
      this.#unlist(behind);
      join(block, behind);
    }
    if (before?.isFree === true) {
      this.#unlist(before);
      join(before, block);
      block = before;
    }
    this.#list(block);
  }

  /** Gives segments that nobody has a part of back to the driver, which waits for the device. @returns whether there were any. */
  trim(): boolean {
    const { reserved } = this;
    for (const list of this.#free) {
      const whole = list.filter(({ before, behind }) => before === null && behind === null);
      for (const block of whole) {
        this.#unlist(block);
        this.#session.release(block.address);
        this.reserved -= block.size;
      }
    }
    return this.reserved < reserved;
  }

  /** Forgets all blocks: their memory has gone with the session. */
  clear(): void {
    this.#taken.clear();
    for (const list of this.#free) list.length = 0;
    this.live = 0;
    this.reserved = 0;
  }

  /** The best free block, no longer listed. */
  #takeFree(size: number, isSmall: boolean): Block | null {
    const list = this.#free[isSmall ? 0 : 1];
    const at = firstOfSize(list, size);
    return at < list.length ? list.splice(at, 1)[0]! : null;
  }

  #addSegment(size: number, isSmall: boolean): Block | null {
    const wanted = isSmall ? smallSegment : Math.max(largeSegment, roundUp(size, largeGrain));
    for (const bytes of [wanted, roundUp(size, largeGrain)]) {
      const address = this.#session.allocate(bytes);
      if (address === 0) continue;
      this.reserved += bytes;
      return { address, size: bytes, isFree: true, before: null, behind: null, isSmall };
    }
    return null;
  }

  /** Cuts off what a block has too much. */
  #split(block: Block, size: number): void {
    const rest = block.size - size;
    // Of a large segment a small rest would serve nobody: small blocks have segments of their own.
    if (rest < (block.isSmall ? grain : small)) return;
    const behind: Block = {
      address: block.address + size,
      size: rest,
      isFree: true,
      before: block,
      behind: block.behind,
      isSmall: block.isSmall,
    };
    if (block.behind !== null) block.behind.before = behind;
    block.behind = behind;
    block.size = size;
    this.#list(behind);
  }

  #list(block: Block): void {
    const list = this.#free[block.isSmall ? 0 : 1];
    list.splice(placeOf(list, block), 0, block);
  }

  #unlist(block: Block): void {
    const list = this.#free[block.isSmall ? 0 : 1];
    list.splice(placeOf(list, block), 1);
  }
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple;
}

/** Makes one block of two neighbours. */
function join(block: Block, behind: Block): void {
  block.size += behind.size;
  block.behind = behind.behind;
  if (behind.behind !== null) behind.behind.before = block;
}

/** Position of the first block that is at least so large. */
function firstOfSize(list: readonly Block[], size: number): number {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (list[middle]!.size < size) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Where a block stands or would stand. */
function placeOf(list: readonly Block[], { size, address }: Block): number {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const other = list[middle]!;
    const isBefore = other.size < size || (other.size === size && other.address < address);
    if (isBefore) from = middle + 1;
    else to = middle;
  }
  return from;
}
