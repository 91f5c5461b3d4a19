/**
 * A place for checkpoints: a folder (`folderStore` of '@convnet/train/node'), memory, or what a page has. Whoever reads a
 * name finds what was written last as a whole, or what was there before.
 */
export interface CheckpointStore {
  /** What messages call it. */
  readonly name: string;
  /** Names that there are. */
  list(): Promise<readonly string[]>;
  /** @throws where there is none of that name, or it cannot be read. */
  read(name: string): Promise<Uint8Array>;
  /** Writes whole or not at all. */
  write(name: string, chunks: readonly Uint8Array[]): Promise<void>;
  /** Nothing happens where there is none. */
  remove(name: string): Promise<void>;
}

/** A store in memory, which ends with the program. */
export function memoryStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  return {
    name: 'memory',
    list: async () => [...files.keys()],
    read: async (name) => {
      const bytes = files.get(name);
      if (bytes === undefined) throw new Error(`memory: there is no '${name}'`);
      return bytes;
    },
    write: async (name, chunks) => {
      const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      files.set(name, bytes);
    },
    remove: async (name) => {
      files.delete(name);
    },
  };
}
