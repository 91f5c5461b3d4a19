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
  /** Of the table of options: the place of each field, and how it is stored. */
  readonly fields: Readonly<Record<string, { readonly slot: number; readonly kind: FieldKind }>>;
}

export const operatorKinds = {
  ADD: { code: 0, version: 1, optionsType: 11, fields: { activation: { slot: 0, kind: 'int8' } } },
  CONCATENATION: {
    code: 2,
    version: 1,
    optionsType: 10,
    fields: { axis: { slot: 0, kind: 'int32' }, activation: { slot: 1, kind: 'int8' } },
  },
  CONV_2D: {
    code: 3,
    version: 1,
    optionsType: 1,
    fields: {
      padding: { slot: 0, kind: 'int8' },
      strideW: { slot: 1, kind: 'int32' },
      strideH: { slot: 2, kind: 'int32' },
      activation: { slot: 3, kind: 'int8' },
      dilationW: { slot: 4, kind: 'int32' },
      dilationH: { slot: 5, kind: 'int32' },
    },
  },
  DEPTHWISE_CONV_2D: {
    code: 4,
    // The first has no dilation.
    version: 2,
    optionsType: 2,
    fields: {
      padding: { slot: 0, kind: 'int8' },
      strideW: { slot: 1, kind: 'int32' },
      strideH: { slot: 2, kind: 'int32' },
      depthMultiplier: { slot: 3, kind: 'int32' },
      activation: { slot: 4, kind: 'int8' },
      dilationW: { slot: 5, kind: 'int32' },
      dilationH: { slot: 6, kind: 'int32' },
    },
  },
  FULLY_CONNECTED: {
    code: 9,
    version: 1,
    optionsType: 8,
    fields: { activation: { slot: 0, kind: 'int8' } },
  },
  MAX_POOL_2D: {
    code: 17,
    version: 1,
    optionsType: 5,
    fields: {
      padding: { slot: 0, kind: 'int8' },
      strideW: { slot: 1, kind: 'int32' },
      strideH: { slot: 2, kind: 'int32' },
      filterW: { slot: 3, kind: 'int32' },
      filterH: { slot: 4, kind: 'int32' },
      activation: { slot: 5, kind: 'int8' },
    },
  },
  MEAN: { code: 40, version: 1, optionsType: 27, fields: { keepDims: { slot: 0, kind: 'int8' } } },
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
