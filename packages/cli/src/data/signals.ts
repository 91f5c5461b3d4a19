import { subset } from '@convnet/data';
import type { Recording } from '@convnet/data/signal';

import { CliError, messageOf, UsageError } from '../errors.ts';
import type { LeftOut, OpenedData, RawSet, RawSplit } from './opened-data.ts';
import { preparedSet } from './prepared-set.ts';
import { signalSteps, type SignalPreprocessing } from './preprocessing.ts';
import type { DataRequest } from './request.ts';

/** Lengths and channels of the recordings of a set that can be read. */
interface Scan {
  readonly readable: readonly number[];
  readonly lengths: readonly number[];
  readonly channels: readonly number[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Sets of recordings for a network. All are read once, so that damaged ones are found before training begins, and a length
 * can be chosen.
 * @throws CliError for recordings of unequal numbers of channels; the reader's errors with `onError: 'stop'`.
 */
export async function openSignals(
  sets: RawSplit<Recording>,
  request: DataRequest,
): Promise<OpenedData> {
  const notes = [...(sets.notes ?? [])];
  const { preprocessing: given, readable } = request;
  if (given !== undefined && given.kind !== 'signal') {
    throw new CliError(`the network was trained with ${given.kind}s, the data are signals`);
  }
  if (given !== undefined && readable !== undefined) {
    return { ...prepared(sets, readable, given, request), notes, leftOut: [], readable };
  }
  const [train, test] = [await scan(sets.train, request), await scan(sets.test, request)];
  const preprocessing = given ?? choose(train, request, notes);
  for (const warning of sets.warnings ?? []) notes.push(`${warning}; what is there is used`);
  requireChannels(sets.train, train, preprocessing);
  requireChannels(sets.test, test, preprocessing);
  const found = { train: train.readable, test: test.readable };
  return {
    ...prepared(sets, found, preprocessing, request),
    notes,
    leftOut: [...train.leftOut, ...test.leftOut],
    readable: found,
  };
}

function prepared(
  sets: RawSplit<Recording>,
  readable: NonNullable<OpenedData['readable']>,
  preprocessing: SignalPreprocessing,
  { augment }: DataRequest,
): Omit<OpenedData, 'notes' | 'leftOut'> {
  const train = subset(sets.train, readable.train);
  const plain = signalSteps(preprocessing, false);
  return {
    train: preparedSet(train, signalSteps(preprocessing, augment)),
    plainTrain: preparedSet(train, plain),
    test: preparedSet(subset(sets.test, readable.test), plain),
    task: sets.task,
    preprocessing,
  };
}

async function scan(set: RawSet<Recording>, { onError }: DataRequest): Promise<Scan> {
  const readable: number[] = [];
  const lengths: number[] = [];
  const channels: number[] = [];
  const leftOut: LeftOut[] = [];
  for (let i = 0; i < set.length; i++) {
    try {
      const [{ shape }] = await set.get(i);
      readable.push(i);
      channels.push(shape[0]);
      lengths.push(shape[1]);
    } catch (error) {
      if (onError === 'stop') {
        throw new CliError(`${messageOf(error)}; --on-error skip leaves such files out`, {
          cause: error,
        });
      }
      leftOut.push({ file: set.nameOf?.(i) ?? `sample ${i}`, reason: messageOf(error) });
    }
  }
  if (readable.length === 0) throw new CliError('none of the recordings can be read');
  return { readable, lengths, channels, leftOut };
}

/** What all recordings are brought to: their own length, or of unequal ones that which 95 of 100 do not exceed. */
function choose(
  { lengths, channels }: Scan,
  { length, sampleRate }: DataRequest,
  notes: string[],
): SignalPreprocessing {
  if (length !== undefined && !(Number.isInteger(length) && length > 0)) {
    throw new UsageError(`--length: expected a whole number from 1, got ${length}`);
  }
  const sorted = [...lengths].sort((a, b) => a - b);
  const [least, most] = [sorted[0]!, sorted[sorted.length - 1]!];
  const chosen = length ?? sorted[Math.ceil(0.95 * sorted.length) - 1]!;
  if (least !== most || chosen !== most) {
    notes.push(
      `recordings have ${least} to ${most} samples: all are cropped or padded to ${chosen}` +
        (length === undefined ? ' (--length chooses)' : ''),
    );
  }
  return {
    kind: 'signal',
    sampleRate: sampleRate ?? null,
    length: chosen,
    channels: channels[0]!,
    normalize: true,
  };
}

function requireChannels(
  set: RawSet<Recording>,
  { channels, readable }: Scan,
  preprocessing: SignalPreprocessing,
): void {
  const odd = channels.findIndex((count) => count !== preprocessing.channels);
  if (odd < 0) return;
  throw new CliError(
    `${set.nameOf?.(readable[odd]!) ?? 'a recording'}: expected ${preprocessing.channels} channels, got ${channels[odd]}`,
  );
}
