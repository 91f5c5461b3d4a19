import { Generator, philox } from '@convnet/tensor-core';
import { RandomStream } from './random-stream.ts';

/** Blocks of random numbers set apart for one epoch: more than any epoch draws. */
const blocksPerEpoch = 2 ** 36;
/** Where, among the blocks of an epoch, those begin that seed streams; the order is drawn from the ones before. */
const streamSeeds = 2 ** 35;
/** Streams of samples come behind those of batches. */
const sampleSeeds = streamSeeds + 2 ** 32;

/** What an epoch draws its order from. The first blocks of a seed belong to the generator that users seed with it. */
export function epochGenerator(seed: number, epoch: number): Generator {
  return new Generator(seed, (epoch + 1) * blocksPerEpoch);
}

/**
 * A stream of its own for batch `batch` of an epoch, so that a batch is the same whoever makes it, and when: a worker,
 * this thread, or a run that begins in the middle of the epoch.
 */
export function batchStream(seed: number, epoch: number, batch: number): RandomStream {
  return streamOf(seed, (epoch + 1) * blocksPerEpoch + streamSeeds + batch);
}

/** A stream of its own for the sample at place `position` of an epoch. */
export function sampleStream(seed: number, epoch: number, position: number): RandomStream {
  return streamOf(seed, (epoch + 1) * blocksPerEpoch + sampleSeeds + position);
}

/** A stream whose seed of 53 bits is drawn at `block`. */
function streamOf(seed: number, block: number): RandomStream {
  const words = new Uint32Array(4);
  philox(seed, block, words);
  return new RandomStream(new Generator((words[1]! >>> 11) * 2 ** 32 + words[0]!));
}

/** What transforms draw from where a sample is asked for outside an epoch: the same each time. */
export function randomFor(index: number): RandomStream {
  return new RandomStream(new Generator(index));
}
