import { OnnxFileError } from './errors.ts';

/*
 * ONNX does not say which initialisers are learned. The files written here do: what the network keeps without learning it
 * stands in the metadata, so that it is a buffer again when the file is imported.
 */

const key = 'convnet.buffers';

export function buffersAsMetadata(names: readonly string[]): Readonly<Record<string, string>> {
  return names.length === 0 ? {} : { [key]: JSON.stringify(names) };
}

/** @throws OnnxFileError where the metadata are there and are no list of names. */
export function buffersOf(
  metadata: ReadonlyMap<string, string>,
  source: string,
): ReadonlySet<string> {
  const text = metadata.get(key);
  if (text === undefined) return new Set();
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch {
    names = null;
  }
  if (Array.isArray(names) && names.every((name) => typeof name === 'string'))
    return new Set(names);
  throw new OnnxFileError('format', source, `expected a list of names as the metadata '${key}'`);
}
