import type { Reader } from '../reader.ts';

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A reader of text files. */
export function textReader(
  name: string,
  files: readonly string[],
  read: (text: string) => unknown,
): Reader {
  return {
    name,
    seeds: () => files.map(utf8),
    read: (bytes) => read(new TextDecoder().decode(bytes)),
  };
}
