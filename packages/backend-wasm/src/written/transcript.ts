import type { WasmBuffer, Derived } from '../buffer.ts';
import type { Block } from '../heap.ts';
import type { Machine } from '../machine.ts';
import { callBytes } from '../machine.ts';
import type { Refusal, Scribe } from '../scribe.ts';

/** A stretch of memory. */
export interface Place {
  address: number;
  size: number;
}

/**
 * Memory for tables that the host writes. One that is taken in the middle of a run may stand where an earlier operation had its
 * memory, so those of a run that could not be kept are there for the next one.
 */
export class Tables {
  readonly #machine: Machine;
  readonly #blocks: Block[] = [];
  #used = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** A run begins. */
  begin(): void {
    this.#used = 0;
  }

  next(bytes: number): Block {
    const known = this.#blocks[this.#used];
    if (known !== undefined && known.size >= bytes) {
      this.#used++;
      return known;
    }
    const block = this.#machine.permanent(bytes);
    if (known !== undefined) this.#machine.release(known);
    this.#blocks[this.#used++] = block;
    return block;
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const { size } of this.#blocks) bytes += size;
    return bytes;
  }

  /** Gives them back. */
  letGo(): void {
    for (const block of this.#blocks.splice(0)) this.#machine.release(block);
  }
}

/** One of the pieces of memory that an operation asks for. */
export interface Spot {
  readonly passage: number;
  readonly index: number;
}

/** What one operation of a step asked of the machine, in order. */
export interface Passage {
  /** Memory of its results and temporaries. */
  readonly places: Place[];
  /** Tables that the host has written for it. */
  readonly tables: Block[];
  /** The value that it has made its result in; null where that has memory of its own. */
  spent: number | null;
  /** Its kernel calls: what to make of their answers, where they have one. */
  readonly refusals: (Refusal | null)[];
}

/** Writes down what the operations of a step ask of the machine while they run. */
export class Transcript implements Scribe {
  readonly #machine: Machine;
  readonly passages: Passage[] = [];
  /** The words of all calls, one behind the other. */
  #words = new Int32Array((callBytes / 4) * 64);
  callCount = 0;
  /** Whether the calls alone do what the operations did. */
  isWhole = true;
  readonly reads: { readonly buffer: WasmBuffer; readonly derived: Derived }[] = [];

  readonly tables: Tables;
  /** Memory that is there before the run begins, for some spots. */
  readonly #apart: Map<Spot, Block>;

  constructor(machine: Machine, tables: Tables, apart: Map<Spot, Block>) {
    this.#machine = machine;
    this.tables = tables;
    this.#apart = apart;
  }

  /** The next operation begins. */
  begin(): void {
    this.passages.push({ places: [], tables: [], spent: null, refusals: [] });
  }

  get #passage(): Passage {
    return this.passages[this.passages.length - 1]!;
  }

  /** The operation has made its result in the memory of a value. */
  spends(value: number): void {
    this.#passage.spent = value;
  }

  place(bytes: number): Block | null {
    if (this.#apart.size === 0) return null;
    const { places } = this.#passage;
    for (const [spot, block] of this.#apart) {
      const isHere = spot.passage === this.passages.length - 1 && spot.index === places.length;
      if (!isHere || block.size < bytes) continue;
      this.#apart.delete(spot);
      this.took(block);
      return block;
    }
    return null;
  }

  took({ address, size }: Block): void {
    this.#passage.places.push({ address, size });
  }

  table(bytes: number): number {
    const block = this.tables.next(bytes);
    this.#passage.tables.push(block);
    const { isWhole } = this;
    // A call under way may read what was freed.
    this.#machine.settle();
    this.isWhole = isWhole;
    return block.address;
  }

  called(call: number, refusal: Refusal | null): boolean {
    const length = callBytes / 4;
    const at = this.callCount * length;
    if (at === this.#words.length) {
      const longer = new Int32Array(2 * at);
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words.set(this.#machine.words.subarray(call / 4, call / 4 + length), at);
    this.#passage.refusals.push(refusal);
    this.callCount++;
    return true;
  }

  touched(): void {
    this.isWhole = false;
  }

  read(buffer: WasmBuffer, derived: Derived): void {
    // What is derived now need not be derived next time.
    if (!derived.isReady) this.isWhole = false;
    this.reads.push({ buffer, derived });
  }

  get words(): Int32Array {
    return this.#words.subarray(0, (this.callCount * callBytes) / 4);
  }
}

/** An operation asks for something else than when it was written down. */
export class Misfit extends Error {}

/** Writes the calls of one operation anew, where others stand, with the places that it has; nothing runs. */
export class Correction implements Scribe {
  readonly #machine: Machine;
  readonly #passage: Passage;
  readonly #firstCall: number;
  #places = 0;
  #tables = 0;
  #calls = 0;

  /** @param firstCall address of its first call. */
  constructor(machine: Machine, passage: Passage, firstCall: number) {
    this.#machine = machine;
    this.#passage = passage;
    this.#firstCall = firstCall;
  }

  /** @throws Misfit where it has asked for less than before. */
  finish(): void {
    const { places, tables, refusals } = this.#passage;
    const isWhole =
      this.#places === places.length &&
      this.#tables === tables.length &&
      this.#calls === refusals.length;
    if (!isWhole) throw new Misfit();
  }

  place(bytes: number): Block {
    const place = this.#passage.places[this.#places++];
    if (place === undefined || place.size < bytes) throw new Misfit();
    return blockAt(place);
  }

  took(): void {
    throw new Misfit();
  }

  table(): number {
    const table = this.#passage.tables[this.#tables++];
    if (table === undefined) throw new Misfit();
    return table.address;
  }

  called(call: number, refusal: Refusal | null): boolean {
    const { refusals } = this.#passage;
    if (this.#calls === refusals.length) throw new Misfit();
    const to = this.#firstCall + this.#calls * callBytes;
    this.#machine.words.copyWithin(to / 4, call / 4, (call + callBytes) / 4);
    refusals[this.#calls++] = refusal;
    return false;
  }

  touched(): void {
    throw new Misfit();
  }

  read(): void {
    // What is derived is still there: that is asked before anything is corrected.
  }
}

/** A block that no heap knows. */
export function blockAt({ address, size }: Place): Block {
  return { address, size, isFree: false, before: null, behind: null, previous: null, next: null };
}
