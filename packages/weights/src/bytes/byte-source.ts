/**
 * Bytes that can be read piece by piece: a file, a Blob, what a URL leads to, or bytes in memory. All readers of this
 * package read through one, so that a file is in memory only as far as it was asked for.
 */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * The bytes from `start` to before `end`. Where they fill their buffer it belongs to the caller from then on; else
   * they are a view of memory that others see, to be read only.
   * @throws SourceError where they cannot be had.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Gives back what was opened for reading. What the caller had opened stays open. */
  close(): Promise<void>;
}

/** Whether something is read as a `ByteSource` of the caller's own. */
export function isByteSource(value: object): value is ByteSource {
  const { name, size, read, close } = value as Partial<ByteSource>;
  return (
    typeof name === 'string' &&
    typeof size === 'number' &&
    typeof read === 'function' &&
    typeof close === 'function'
  );
}
