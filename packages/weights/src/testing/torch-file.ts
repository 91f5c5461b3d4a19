import { concatenate } from '../bytes/concatenate.ts';
import { zipChunks } from '../zip/write.ts';

/** A file of PyTorch with this pickle and these storages. */
export function torchFile(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  records: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return concatenate(
    zipChunks([
      { name: 'archive/data.pkl', bytes: pickle },
      ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes })),
      ...Object.entries(records).map(([name, text]) => ({
        name: `archive/${name}`,
        bytes: encoder.encode(text),
      })),
      { name: 'archive/version', bytes: encoder.encode('3\n') },
    ]),
  );
}

/** A legacy file of PyTorch with this pickle, and these bytes behind it. */
export function legacyTorchFile(pickle: Uint8Array, rest: Uint8Array): Uint8Array<ArrayBuffer> {
  const magic = [
    0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ];
  const version = [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e];
  const machine = [0x80, 2, 0x7d, 0x2e];
  return concatenate([Uint8Array.from([...magic, ...version, ...machine]), pickle, rest]);
}
