import { unwrittenWord } from '@convnet/tensor-core';
import type { Machine } from '../machine.ts';

/**
 * From now on memory is filled with NaN when it is handed out, and what kernels have for themselves before each of them, so
 * that an element which no kernel writes is seen.
 */
export function markUnwritten(machine: Machine): void {
  machine.onHandedOut = ({ address, size }) => {
    machine.words.fill(unwrittenWord, address / 4, (address + size) / 4);
  };
}
