import {
  aFiniteNumber,
  aString,
  either,
  oneOf,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { SignalError } from '../errors.ts';
import { requireRecording, type Recording } from './recording.ts';

/**
 * What becomes of values that a file lacks. 'refuse' (the default): a `SignalError` that names the first. 'keep': they are
 * NaN. 'interpolate': a straight line between the neighbours, at the ends the nearest value. A number: that one.
 */
export type MissingValues = 'refuse' | 'keep' | 'interpolate' | number;

export const someMissingValues: Kind = either(
  oneOf('refuse', 'keep', 'interpolate'),
  aFiniteNumber,
);

/**
 * Treats NaN in a recording, in place.
 *
 * @param source what errors call the recording.
 * @throws SignalError (fault 'missing') where they are refused, or a channel has nothing else.
 */
export function treatMissing<R extends Recording>(
  recording: R,
  missing: MissingValues,
  source: string,
): R {
  requireRecording('treatMissing', recording);
  requireKind('treatMissing', 'missing', missing, someMissingValues);
  requireKind('treatMissing', 'source', source, aString);
  const { data, shape } = recording;
  const [channels, length] = shape;
  for (let channel = 0; channel < channels; channel++) {
    const values = data.subarray(channel * length, (channel + 1) * length);
    const first = values.findIndex(Number.isNaN);
    if (first < 0 || missing === 'keep') continue;
    if (missing === 'refuse') {
      const count = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
      throw new SignalError(
        'missing',
        source,
        `${count} of ${length} values of channel ${channel} are missing (NaN), the first at ${first}`,
        "choose what becomes of them: missing: 'interpolate', 'keep' or a number",
      );
    }
    if (missing === 'interpolate') interpolate(values, channel, source);
    else {
      for (let i = 0; i < length; i++) if (Number.isNaN(values[i]!)) values[i] = missing;
    }
  }
  return recording;
}

function interpolate(values: Float32Array, channel: number, source: string): void {
  let last = -1;
  for (let i = 0; i <= values.length; i++) {
    if (i < values.length && Number.isNaN(values[i]!)) continue;
    // A gap from last + 1 to i - 1.
    for (let gap = last + 1; gap < i; gap++) {
      if (last < 0) values[gap] = i < values.length ? values[i]! : Number.NaN;
      else if (i === values.length) values[gap] = values[last]!;
      else values[gap] = values[last]! + ((values[i]! - values[last]!) * (gap - last)) / (i - last);
    }
    last = i;
  }
  if (values.length > 0 && Number.isNaN(values[0]!)) {
    throw new SignalError(
      'missing',
      source,
      `all ${values.length} values of channel ${channel} are missing`,
    );
  }
}
