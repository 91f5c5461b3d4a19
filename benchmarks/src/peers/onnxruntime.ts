import { join } from 'node:path';

import type { InferencePeer } from './peer.ts';
import { installed } from './installed.ts';
import { LineProcess } from './line-process.ts';

export const onnxruntimeNames = ['onnxruntime-web', 'onnxruntime-node'] as const;
export type OnnxruntimeName = (typeof onnxruntimeNames)[number];

/** The release that the goals name. */
const version = '1.30.0';

const script = join(import.meta.dirname, 'onnxruntime-runs.mjs');

/**
 * onnxruntime in a process of its own: 'onnxruntime-web' on WebAssembly, 'onnxruntime-node' native on the CPU.
 * @throws Error where npm can't install it.
 */
export async function onnxruntime(name: OnnxruntimeName, threads: number): Promise<InferencePeer> {
  const folder = await installed(name, version);
  const child = new LineProcess(process.execPath, [script, folder, name, String(threads)], {});
  return {
    name,
    version,
    load: async (file, input, inputShape) => {
      const request = { load: file, input: [...input], inputShape };
      return (await child.ask<{ output: number[] }>(request)).output;
    },
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    close: () => child.close(),
  };
}
