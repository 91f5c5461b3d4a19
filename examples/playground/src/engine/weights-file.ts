import { StateDictError } from '@convnet/layers';
import {
  encodeSafetensors,
  encodeTorch,
  loadWeights,
  openWeights,
  WeightsMismatchError,
  type TensorFile,
} from '@convnet/weights';

import type { WeightsOutcome } from './api.ts';
import type { Session } from './session.ts';

/** The weights as a file that PyTorch reads. */
export function encode(
  { model }: Session,
  format: 'safetensors' | 'pth',
): Promise<Uint8Array<ArrayBuffer>> {
  const state = model.stateDict();
  return format === 'pth' ? encodeTorch(state) : encodeSafetensors(state);
}

/**
 * Reads a file of weights into the network, where they fit; else the network keeps what it has.
 * @throws WeightsFileError for what is no file of weights.
 */
export async function loadInto(
  { model }: Session,
  location: Blob,
  name: string,
): Promise<WeightsOutcome> {
  await using file = await openWeights(location, { name });
  const expected = model.stateDict().size;
  const about = { file: name, format: formats[file.format], expected, tensors: tensorsOf(file) };
  const nothing = { left: [], unexpected: [], misshaped: [] };
  try {
    const { loaded, left, unexpected } = await loadWeights(model, file, { strict: false });
    const all = left.length === 0 && unexpected.length === 0;
    return {
      ...about,
      ...nothing,
      isLoaded: true,
      headline: all
        ? `All ${expected} tensors of the file fit ${model.architecture} and were loaded.`
        : `${loaded.length} of the ${expected} tensors of ${model.architecture} were loaded.`,
      loaded: loaded.length,
      left,
      unexpected,
    };
  } catch (error) {
    if (!(error instanceof WeightsMismatchError) && !(error instanceof StateDictError)) throw error;
    const { missing, unexpected, misshaped } =
      error instanceof WeightsMismatchError ? error : { ...nothing, missing: [] };
    return {
      ...about,
      isLoaded: false,
      headline: `These weights are of another network than ${model.architecture}. Nothing was loaded; what it has learned is still there.`,
      loaded: 0,
      left: missing,
      unexpected,
      misshaped,
    };
  }
}

const formats: Readonly<Record<TensorFile['format'], string>> = {
  safetensors: 'safetensors',
  torch: 'PyTorch',
  numpy: 'NumPy',
  tfjs: 'TensorFlow.js',
  keras: 'Keras',
};

function tensorsOf({ tensors }: TensorFile): WeightsOutcome['tensors'] {
  return Array.from(tensors, ([name, { dtype, shape }]) => ({ name, dtype, shape }));
}
