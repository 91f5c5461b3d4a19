import type { RandomStream } from '../random/random-stream.ts';
import type { Step } from '../transform/compose.ts';
import { doesKeepNothing } from '../transform/keeps-nothing.ts';
import type { Image } from './image.ts';

/** Bytes below which memory is not worth freeing by hand. */
const least = 65_536;

/** `ArrayBuffer`, of which engines before 2024 have no `transfer`. */
interface TransferableBuffer {
  transfer?(length: number): ArrayBuffer;
}

/**
 * Runs steps one after another on a picture that nobody else has. What only steps have seen that keep nothing is freed
 * behind the last of them: decoded pictures wait for the collector otherwise, which then runs for every hundred of them.
 */
export function runOnOwn(
  steps: readonly Step<unknown, unknown>[],
  picture: Image,
  random: RandomStream,
): unknown {
  let value: unknown = picture;
  let isKept = false;
  for (const step of steps) {
    const forgets = doesKeepNothing(step);
    const next = step(value, random);
    const isElsewhere = next !== value && memoryOf(next) !== memoryOf(value);
    if (isElsewhere && forgets && !isKept) free(value);
    isKept = !forgets || (isKept && !isElsewhere);
    value = next;
  }
  return value;
}

function memoryOf(value: unknown): ArrayBufferLike | null {
  const { data } = (value ?? {}) as Partial<Image>;
  return data instanceof Uint8Array ? data.buffer : null;
}

function free(value: unknown): void {
  const buffer = memoryOf(value);
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < least) return;
  (buffer as TransferableBuffer).transfer?.(0);
}
