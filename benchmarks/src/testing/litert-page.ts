/** Runs in a page, see `describe-in-litert.ts`. */
import { openLitert } from '../browser/page-litert.ts';
import type { Accelerator } from '../browser/page-session.ts';

async function bytesAt(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/**
 * The output that LiteRT.js gives, channels last.
 *
 * @param library address of the folder with its files.
 * @param model that of a .tflite file.
 * @param input that of the elements of the input, channels second.
 */
async function answer(
  library: string,
  model: string,
  input: string,
  inputShape: readonly number[],
  accelerator: Accelerator,
  threads: number,
): Promise<number[]> {
  const tflite = (): Promise<Uint8Array> => bytesAt(model);
  const onnx = (): Promise<never> => Promise.reject(new Error('LiteRT.js reads .tflite files'));
  const session = await openLitert({
    own: { tflite, onnx },
    input: new Float32Array((await bytesAt(input)).buffer as ArrayBuffer),
    inputShape,
    accelerator,
    threads,
    library,
  });
  try {
    return Array.from(await session.logits());
  } finally {
    await session.close();
  }
}

/** What the script gives its page. */
export interface LitertPage {
  readonly answer: typeof answer;
}

Object.assign(globalThis, { answer } satisfies LitertPage);
