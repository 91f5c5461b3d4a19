import type { DeviceBuffer } from './operand.ts';

/** What all buffers on one memory have in common: it is freed with any of them, once. */
export function memoryBehind(buffer: DeviceBuffer): object {
  return buffer.memory ?? buffer;
}

/**
 * @internal Who has which memory while a step runs. `reshape` may give another buffer on the memory of its input, which is free once
 * the last value on it has been let go of.
 */
export class Holdings {
  readonly #holders = new Map<object, number>();

  /** One more value has the memory. */
  hold(buffer: DeviceBuffer): void {
    const memory = memoryBehind(buffer);
    this.#holders.set(memory, (this.#holders.get(memory) ?? 0) + 1);
  }

  /** One value less has it: whether that was the last. */
  letGo(buffer: DeviceBuffer): boolean {
    const memory = memoryBehind(buffer);
    const left = this.#holders.get(memory)! - 1;
    if (left === 0) this.#holders.delete(memory);
    else this.#holders.set(memory, left);
    return left === 0;
  }

  /** Whether one value has the memory. */
  isAlone(buffer: DeviceBuffer): boolean {
    return this.#holders.get(memoryBehind(buffer)) === 1;
  }

  /** Forgets all. */
  clear(): void {
    this.#holders.clear();
  }
}
