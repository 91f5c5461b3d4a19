/** Runs in a page, see `browser-bench.ts`: inference of convnet and of other libraries, in turns. */
import type { Device } from '@convnet/tensor-core';

import { inferenceNetworks } from '../inference/networks.ts';
import { OwnInference } from '../inference/own-inference.ts';
import { largestDifference, pixels, requireSame } from '../inference/pixels.ts';
import type { Turns } from '../report/timing.ts';
import { alternate, type Stepper } from '../training/alternate.ts';
import { timeSteps } from '../training/time-steps.ts';
import { openLitert } from './page-litert.ts';
import { openOnnxruntime } from './page-onnxruntime.ts';
import type { Accelerator, PageLibraryName, PageSession, PageTask } from './page-session.ts';

const openers: Readonly<Record<PageLibraryName, (task: PageTask) => Promise<PageSession>>> = {
  'onnxruntime-web': openOnnxruntime,
  '@litertjs/core': openLitert,
};

/** A library, and the address of the folder with its files. */
export interface PageLibrary {
  readonly name: PageLibraryName;
  readonly url: string;
}

/** What a library did with a network, or why it did not. */
export type PagePeer =
  | {
      readonly ms: Turns;
      /** Greatest difference of the logits, over the greatest of them. */
      readonly difference: number;
    }
  | { readonly failure: string };

/** Times of a network in a page. */
export interface PageInference {
  readonly parameters: number;
  readonly macs: number;
  /** Of convnet. */
  readonly own: Turns;
  /** In the order of the libraries. */
  readonly peers: readonly PagePeer[];
}

/**
 * Runs a network on one input in convnet and in each library, with the same weights. What one of them answers is compared
 * before its times are taken: one that fails, or answers something else, takes no turns.
 */
export async function inferBeside(
  name: string,
  device: Device,
  accelerator: Accelerator,
  threads: number,
  libraries: readonly PageLibrary[],
): Promise<PageInference> {
  const network = inferenceNetworks.find((other) => other.name === name)!;
  const { inputShape } = network;
  const input = pixels(inputShape);
  const own = await OwnInference.of(network, input, device);
  const sessions: PageSession[] = [];
  try {
    const expected = await own.output();
    const opened: (
      | { readonly stepper: Stepper; readonly difference: number }
      | { readonly failure: string }
    )[] = [];
    for (const { name: library, url } of libraries) {
      try {
        const task = { own, input, inputShape, accelerator, threads, library: url };
        const session = await openers[library](task);
        sessions.push(session);
        const difference = largestDifference(expected, await session.logits());
        requireSame(library, difference);
        const steps = (count: number): Promise<number[]> => timeSteps(count, session.logits);
        opened.push({ stepper: { steps }, difference });
      } catch (error) {
        opened.push({ failure: error instanceof Error ? error.message : String(error) });
      }
    }
    const steppers = opened.flatMap((peer) => ('stepper' in peer ? [peer.stepper] : []));
    const [ours, ...others] = await alternate([own, ...steppers], {
      rounds: 6,
      turn: 170,
      warmUp: 3,
      // A software adapter.
      patience: 2000,
      signal: new AbortController().signal,
      onRound: () => undefined,
    });
    const peers = opened.map((peer) =>
      'stepper' in peer ? { ms: others.shift()!, difference: peer.difference } : peer,
    );
    const { parameters, macs } = own;
    return { parameters, macs, own: ours!, peers };
  } finally {
    for (const session of sessions) await session.close();
    own.dispose();
  }
}
