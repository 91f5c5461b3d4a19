import type { Keeper } from '../buffer.ts';
import type { Block } from '../heap.ts';
import type { Machine } from '../machine.ts';
import type { Reserve } from '../scribe.ts';
import type { Place, Tables } from './transcript.ts';

/** Where a result of a step is made: it is lent to whoever runs the step, and comes back when that lets go of it. */
class Lent implements Keeper {
  readonly #memory: HeldMemory;
  /** null once the block is out of reach: it goes back to the heap when it comes. */
  block: Block | null;
  isHome = false;

  constructor(memory: HeldMemory, block: Block) {
    this.#memory = memory;
    this.block = block;
  }

  /** Another place, since somebody still has the result that stands in this one. */
  moveTo(block: Block): void {
    this.block = block;
    this.isHome = true;
  }

  takeBack(block: Block): void {
    if (block === this.block && this.#memory.isHeld) this.isHome = true;
    else this.#memory.release(block);
  }
}

export type { Lent };

/**
 * The memory of a step between its runs: what its operations work in, and its results once they have come back. It is
 * at hand for the next run, and given to others before more is taken from the system.
 */
export class HeldMemory implements Reserve {
  readonly #machine: Machine;
  readonly #blocks: Block[] = [];
  readonly #lent: Lent[] = [];
  readonly #tables: Tables;
  /** Whether the next run finds its memory. */
  isHeld = true;

  /** @param tables what the host has written for the step, which goes with the rest. */
  constructor(machine: Machine, tables: Tables) {
    this.#machine = machine;
    this.#tables = tables;
  }

  /** Holds `bytes` more; their address. @throws OutOfMemoryError. */
  add(bytes: number): number {
    const block = this.#machine.permanent(bytes);
    this.#blocks.push(block);
    return block.address;
  }

  /** Holds all of these places that are not lent; false where one of them is taken by somebody else. */
  claim(places: readonly Place[], lent: readonly Block[]): boolean {
    for (const { address, size } of without(joined(places), lent)) {
      const block = this.#machine.claim(address, size);
      if (block === null) {
        this.#giveBack();
        return false;
      }
      this.#blocks.push(block);
    }
    return true;
  }

  /** Somebody has a result on this block. */
  lend(block: Block): Lent {
    const lent = new Lent(this, block);
    this.#lent.push(lent);
    return lent;
  }

  release(block: Block): void {
    this.#machine.release(block);
  }

  get heldBytes(): number {
    let bytes = this.#tables.heldBytes;
    for (const { size } of this.#blocks) bytes += size;
    for (const { isHome, block } of this.#lent) if (isHome && block !== null) bytes += block.size;
    return bytes;
  }

  #giveBack(): void {
    for (const block of this.#blocks.splice(0)) this.#machine.release(block);
  }

  letGo(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.#giveBack();
    this.#tables.letGo();
    for (const lent of this.#lent) {
      if (lent.isHome && lent.block !== null) this.#machine.release(lent.block);
      lent.isHome = false;
      lent.block = null;
    }
  }
}

/** Stretches that do not touch, in the order of addresses. */
function joined(places: readonly Place[]): Place[] {
  const all: { address: number; size: number }[] = [];
  for (const { address, size } of [...places].sort((a, b) => a.address - b.address)) {
    const last = all[all.length - 1];
    if (last === undefined || address > last.address + last.size) all.push({ address, size });
    else last.size = Math.max(last.size, address + size - last.address);
  }
  return all;
}

/** What is left of stretches without the blocks. */
function without(places: readonly Place[], blocks: readonly Block[]): Place[] {
  let left: readonly Place[] = places;
  for (const block of blocks) {
    const end = block.address + block.size;
    left = left.flatMap((place) => {
      const stop = place.address + place.size;
      if (end <= place.address || block.address >= stop) return [place];
      const parts = [
        { address: place.address, size: block.address - place.address },
        { address: end, size: stop - end },
      ];
      return parts.filter(({ size }) => size > 0);
    });
  }
  return [...left];
}
