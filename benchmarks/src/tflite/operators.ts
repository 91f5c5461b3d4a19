/*
 * Operators of TensorFlow Lite that networks are written with, and their tables of options. Numbers and places are those of
 * schema.fbs (https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs).
 */

/** How a field of a table is stored. */
export type FieldKind = 'int8' | 'int32';

/** An operator, as files have it. */
export interface OperatorKind {
  /** BuiltinOperator. */
  readonly code: number;
  readonly version: number;
  /** BuiltinOptions; 0 where there are none. */
  readonly optionsType: number;
  /** Of the table of options: how each field is stored, in the order of their places. */
  readonly fields: Readonly<Record<string, FieldKind>>;
}

export const operatorKinds = {
  ADD: { code: 0, version: 1, optionsType: 11, fields: { activation: 'int8' } },
  CONCATENATION: {
    code: 2,
    version: 1,
    optionsType: 10,
    fields: { axis: 'int32', activation: 'int8' },
  },
  CONV_2D: {
    code: 3,
    version: 1,
    optionsType: 1,
    fields: {
      padding: 'int8',
      strideW: 'int32',
      strideH: 'int32',
      activation: 'int8',
      dilationW: 'int32',
      dilationH: 'int32',
    },
  },
  DEPTHWISE_CONV_2D: {
    code: 4,
    // The first has no dilation.
    version: 2,
    optionsType: 2,
    fields: {
      padding: 'int8',
      strideW: 'int32',
      strideH: 'int32',
      depthMultiplier: 'int32',
      activation: 'int8',
      dilationW: 'int32',
      dilationH: 'int32',
    },
  },
  FULLY_CONNECTED: {
    code: 9,
    version: 1,
    optionsType: 8,
    fields: { activation: 'int8' },
  },
  MAX_POOL_2D: {
    code: 17,
    version: 1,
    optionsType: 5,
    fields: {
      padding: 'int8',
      strideW: 'int32',
      strideH: 'int32',
      filterW: 'int32',
      filterH: 'int32',
      activation: 'int8',
    },
  },
  MEAN: { code: 40, version: 1, optionsType: 27, fields: { keepDims: 'int8' } },
  PAD: { code: 34, version: 1, optionsType: 22, fields: {} },
  PADV2: { code: 60, version: 1, optionsType: 43, fields: {} },
  RELU: { code: 19, version: 1, optionsType: 0, fields: {} },
  RELU6: { code: 21, version: 1, optionsType: 0, fields: {} },
  RESHAPE: { code: 22, version: 1, optionsType: 17, fields: {} },
} as const;

export type OperatorName = keyof typeof operatorKinds;

/** The options of an operator: a number for each field of its table. */
export type OptionsOf<Name extends OperatorName> = Readonly<
  Record<keyof (typeof operatorKinds)[Name]['fields'], number>
>;

/** What is done to the result of an operator before it is stored: ActivationFunctionType. */
export const activations = { none: 0, relu: 1, relu6: 3 } as const;

export type ActivationName = keyof typeof activations;

/** How windows at the edges are met: Padding. */
export const paddings = { same: 0, valid: 1 } as const;

export type PaddingName = keyof typeof paddings;
