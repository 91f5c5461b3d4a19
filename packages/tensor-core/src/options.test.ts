import { describe, expect, it } from 'vitest';

import { ArgumentError } from './errors.ts';
import { aBoolean, anything } from './kinds.ts';
import { checkOptions, nearestName, optionKinds } from './options.ts';

const known = optionKinds<
  Record<'stride' | 'padding' | 'dilation' | 'kernelSize' | 'bias', unknown>
>({
  stride: anything,
  padding: anything,
  dilation: anything,
  kernelSize: anything,
  bias: aBoolean,
});

function refusal(options: unknown): string {
  try {
    checkOptions('conv', options as object, known);
  } catch (error) {
    if (error instanceof ArgumentError) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('checkOptions', () => {
  it('lets pass what is known, and nothing at all', () => {
    class Config {
      stride = 2;
      get padding(): number {
        return 1;
      }
    }
    const inherited: object = Object.create({ stride: 2 });
    for (const options of [
      undefined,
      {},
      { stride: 2 },
      { bias: undefined },
      new Config(),
      inherited,
    ]) {
      expect(refusal(options)).toBe('nothing');
    }
  });

  it('names the option, the one that is meant, and all there are', () => {
    expect(refusal({ stride: 1, strides: 2 })).toBe(
      "conv: there is no option 'strides' (did you mean 'stride'?); " +
        'the options are stride, padding, dilation, kernelSize, bias',
    );
    expect(refusal({ momentum: 1 })).toBe(
      "conv: there is no option 'momentum'; the options are stride, padding, dilation, kernelSize, bias",
    );
    expect(() => checkOptions('relu', { inplace: true }, {})).toThrow(
      "relu: there is no option 'inplace'; it takes none",
    );
  });

  it('names an option of another kind, and one that is required', () => {
    expect(refusal({ bias: 1 })).toBe('conv: expected bias as true or false, got 1');
    expect(() => checkOptions('conv', undefined, known, ['bias'])).toThrow(
      'conv: expected bias as true or false, got undefined',
    );
  });

  it('sees an unknown option that is undefined, inherited, or named as what every object has', () => {
    expect(refusal({ strides: undefined })).toContain("'strides'");
    expect(refusal(Object.create({ strides: 2 }))).toContain("'strides'");
    expect(refusal({ constructor: 1 })).toContain("'constructor'");
    expect(refusal(JSON.parse('{ "__proto__": 1 }'))).toContain("'__proto__'");
  });

  it.each([
    [null, 'null'],
    [2, '2'],
    ['same', "'same'"],
    [[], '[]'],
    [new Map(), 'a Map'],
    [Promise.resolve({}), 'a Promise'],
    [new Float32Array(0), 'a Float32Array of 0'],
    [() => 0, 'a function'],
  ])('refuses %s in place of options', (options, came) => {
    expect(refusal(options)).toBe(
      'conv: expected the options (stride, padding, dilation, kernelSize, bias) as an object, ' +
        `got ${came}`,
    );
  });
});

describe('nearestName', () => {
  const names = [
    'learningRate',
    'weightDecay',
    'epsilon',
    'kernelSize',
    'inChannels',
    'numClasses',
    'threads',
    'betas',
    'dims',
  ];

  it.each([
    ['weight_decay', 'weightDecay'],
    ['WeightDecay', 'weightDecay'],
    ['kernel_size', 'kernelSize'],
    ['kernel', 'kernelSize'],
    ['in_channels', 'inChannels'],
    ['num_classes', 'numClasses'],
    ['lr', 'learningRate'],
    ['learningrate', 'learningRate'],
    ['learningRaet', 'learningRate'],
    ['eps', 'epsilon'],
    ['espilon', 'epsilon'],
    ['thread', 'threads'],
    ['num_threads', 'threads'],
    ['beta1', 'betas'],
    ['dim', 'dims'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearestName(name, names)).toBe(meant);
  });

  it.each(['momentum', 'x', '', 'constructor', 'shuffle'])('takes %s for none of them', (name) => {
    expect(nearestName(name, names)).toBeUndefined();
  });
});
