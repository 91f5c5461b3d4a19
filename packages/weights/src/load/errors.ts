import { ConvnetError } from '@convnet/tensor-core';

import { likelyNames, type Matching } from './match.ts';

/** Names that a message lists before it counts the rest. */
const listed = 12;

/** Weights that do not fit a model; the model is as it was. */
export class WeightsMismatchError extends ConvnetError {
  override readonly name = 'WeightsMismatchError';
  /** The file. */
  readonly source: string;
  /** Tensors of the model that the file does not have. */
  readonly missing: readonly string[];
  /** Tensors of the file that the model does not have. */
  readonly unexpected: readonly string[];
  /** `fc.weight: expected [10, 512], got [1000, 512]`. */
  readonly misshaped: readonly string[];

  constructor(source: string, model: string, matching: Matching) {
    const { missing, unexpected, misshaped, clashing } = matching;
    const likely = Array.from(
      likelyNames(unexpected, missing),
      ([from, to]) => `${from} may be ${to}`,
    );
    super(
      `${source}: the weights do not fit ${model}; nothing was loaded.` +
        part('missing', missing) +
        part('unexpected', unexpected) +
        part('of another shape', misshaped) +
        part('twice', clashing) +
        part('the option `map` renames tensors', likely),
    );
    this.source = source;
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }
}

function part(title: string, list: readonly string[]): string {
  if (list.length === 0) return '';
  const rest = list.length - listed;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `\n  ${title}: ${list.slice(0, listed).join(', ')}${more}`;
}
