import { SignalError } from '../errors.ts';
import { anObject, anyNumbers, aShape, listOf, requireKind, type Kind } from '@convnet/tensor-core';
import type { HostArray } from '../dataset/host-array.ts';

/** A signal of one or more channels: float32 [channels, length]. */
export interface Recording extends HostArray<Float32Array> {
  readonly shape: readonly [channels: number, length: number];
  /** Samples per second of each channel, where it is known. */
  readonly sampleRate?: number;
  /** What the channels are called, such as the leads of an ECG. */
  readonly channelNames?: readonly string[];
  /** In what the values of each channel are measured, such as mV. */
  readonly units?: readonly string[];
}

/** Channels of one length as one block. @throws SignalError (fault 'length') where lengths differ. */
export function recordingOf(
  channels: readonly ArrayLike<number>[],
  details: Omit<Recording, 'data' | 'shape'> = {},
): Recording {
  requireKind('recordingOf', 'channels', channels, listOf(anyNumbers));
  requireKind('recordingOf', 'details', details, anObject);
  const length = channels[0]?.length ?? 0;
  const odd = channels.findIndex((channel) => channel.length !== length);
  if (odd >= 0) {
    throw new SignalError(
      'length',
      'recordingOf',
      `expected channels of one length, got ${length} and, of channel ${odd}, ${channels[odd]!.length}`,
    );
  }
  const data = new Float32Array(channels.length * length);
  channels.forEach((channel, i) => data.set(channel, i * length));
  return { data, shape: [channels.length, length], ...details };
}

const aRecording: Kind = {
  expected: 'a recording { data, shape: [channels, length] } of float32',
  accepts: isRecording,
};

export function isRecording(value: unknown): value is Recording {
  const { data, shape } = (value ?? {}) as Partial<Recording>;
  return (
    data instanceof Float32Array &&
    aShape.accepts(shape) &&
    shape!.length === 2 &&
    shape![0] * shape![1] === data.length
  );
}

/** @throws ArgumentError for what is no recording. */
export function requireRecording(
  where: string,
  recording: unknown,
): asserts recording is Recording {
  requireKind(where, 'recording', recording, aRecording);
}
