import { ConvnetError } from '@convnet/tensor-core';

/** NaN or infinite numbers where an explanation would be computed from them, or came out as them. */
export class NonFiniteError extends ConvnetError {
  override readonly name = 'NonFiniteError';
  /** Where they are. */
  readonly origin: 'input' | 'output' | 'explanation';
  /** The first sample that holds one, from 0. */
  readonly sample: number;

  constructor(where: string, origin: NonFiniteError['origin'], sample: number, value: number) {
    const what = {
      input: `the input holds ${value}`,
      output: `the input is finite, but the model's output holds ${value}; look at its weights`,
      explanation: `input and output are finite, but a gradient is not: the result holds ${value}`,
    }[origin];
    super(`${where}: sample ${sample} (from 0): ${what}`);
    this.origin = origin;
    this.sample = sample;
  }
}
