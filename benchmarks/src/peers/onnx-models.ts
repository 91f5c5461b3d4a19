import { join } from 'node:path';

import { LineProcess } from './line-process.ts';
import { pythonWith } from './python.ts';

const script = join(import.meta.dirname, 'onnx-models.py');

/** Writes ONNX files of torchvision's networks, with the hashed weights that the fixtures use. */
export interface OnnxModels {
  /** @returns the network's number of learned parameters. */
  write(model: string, inputShape: readonly number[], file: string): Promise<number>;
  close(): void;
}

/** torchvision's exporter in a process of its own; null where it is not installed. */
export async function onnxModels(): Promise<OnnxModels | null> {
  const found = await pythonWith('torchvision');
  if (found === null) return null;
  const child = new LineProcess(found.python, [script], {});
  return {
    write: async (model, inputShape, file) =>
      (await child.ask<{ parameters: number }>({ model, inputShape, file })).parameters,
    close: () => child.close(),
  };
}
