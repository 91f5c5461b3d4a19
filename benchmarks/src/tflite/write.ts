import { Builder, type Offset } from 'flatbuffers';

import type { TfliteModel, TfliteOperator, TfliteTensor } from './messages.ts';
import {
  operatorKinds,
  type FieldKind,
  type OperatorKind,
  type OperatorName,
} from './operators.ts';

/*
 * Tables and the places of their fields are those of schema.fbs
 * (https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs), version 3.
 */

const schemaVersion = 3;
const fileIdentifier = 'TFL3';

/** Elements of constants begin at multiples of this many bytes, as the schema asks. */
const alignment = 16;

/** TensorType. */
const elementTypes = { float32: 0, int32: 2 } as const;

type Field = readonly [slot: number, kind: FieldKind | 'offset', value: number];

/** The bytes of a .tflite file. */
export function writeTflite(model: TfliteModel): Uint8Array {
  const { tensors, operators, inputs, outputs } = model;
  const data = tensors.reduce((total, tensor) => total + (tensor.data?.byteLength ?? 0), 0);
  const builder = new Builder(data + 1024 * (tensors.length + 1));
  const names = [...new Set(operators.map(({ name }) => name))];
  // The first buffer is that of all tensors without elements of their own.
  const constants = tensors.filter((tensor) => tensor.data !== null);
  const buffers = [null, ...constants].map((tensor) => writeBuffer(builder, tensor?.data ?? null));
  const placed = tensors.map((tensor) =>
    writeTensor(builder, tensor, constants.indexOf(tensor) + 1),
  );
  const subgraph = table(builder, 5, [
    [0, 'offset', offsets(builder, placed)],
    [1, 'offset', integers(builder, inputs)],
    [2, 'offset', integers(builder, outputs)],
    [
      3,
      'offset',
      offsets(
        builder,
        operators.map((operator) => writeOperator(builder, operator, names)),
      ),
    ],
    [4, 'offset', builder.createString('main')],
  ]);
  const signature = writeSignature(builder, model);
  const root = table(builder, 8, [
    [0, 'int32', schemaVersion],
    [
      1,
      'offset',
      offsets(
        builder,
        names.map((name) => writeCode(builder, name)),
      ),
    ],
    [2, 'offset', offsets(builder, [subgraph])],
    [3, 'offset', builder.createString('convnet')],
    [4, 'offset', offsets(builder, buffers)],
    [7, 'offset', offsets(builder, [signature])],
  ]);
  builder.finish(root, fileIdentifier);
  return builder.asUint8Array();
}

/** A Buffer. */
function writeBuffer(builder: Builder, data: Float32Array | Int32Array | null): Offset {
  if (data === null) return table(builder, 1, []);
  builder.prep(alignment, data.byteLength);
  const bytes = builder.createByteVector(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  return table(builder, 1, [[0, 'offset', bytes]]);
}

/** A Tensor. */
function writeTensor(
  builder: Builder,
  { name, shape, data }: TfliteTensor,
  buffer: number,
): Offset {
  return table(builder, 4, [
    [0, 'offset', integers(builder, shape)],
    [1, 'int8', data instanceof Int32Array ? elementTypes.int32 : elementTypes.float32],
    [2, 'int32', buffer],
    [3, 'offset', builder.createString(name)],
  ]);
}

/** An OperatorCode. Readers before 2020 know its first field alone, which holds codes below 127. */
function writeCode(builder: Builder, name: OperatorName): Offset {
  const { code, version }: OperatorKind = operatorKinds[name];
  return table(builder, 4, [
    [0, 'int8', Math.min(code, 127)],
    [2, 'int32', version],
    [3, 'int32', code],
  ]);
}

/** An Operator. */
function writeOperator(
  builder: Builder,
  { name, inputs, outputs, options }: TfliteOperator,
  names: readonly OperatorName[],
): Offset {
  const { optionsType, fields }: OperatorKind = operatorKinds[name];
  const written = Object.entries(fields).map(([field, kind], slot): Field => [
    slot,
    kind,
    options[field]!,
  ]);
  const common: Field[] = [
    [0, 'int32', names.indexOf(name)],
    [1, 'offset', integers(builder, inputs)],
    [2, 'offset', integers(builder, outputs)],
  ];
  if (optionsType === 0) return table(builder, 5, common);
  return table(builder, 5, [
    ...common,
    [3, 'int8', optionsType],
    [4, 'offset', table(builder, written.length, written)],
  ]);
}

/** A SignatureDef of the only subgraph. */
function writeSignature(builder: Builder, { tensors, inputs, outputs }: TfliteModel): Offset {
  const maps = (places: readonly number[]): Offset =>
    offsets(
      builder,
      places.map((place) =>
        table(builder, 2, [
          [0, 'offset', builder.createString(tensors[place]!.name)],
          [1, 'int32', place],
        ]),
      ),
    );
  return table(builder, 5, [
    [0, 'offset', maps(inputs)],
    [1, 'offset', maps(outputs)],
    [2, 'offset', builder.createString('serving_default')],
    [4, 'int32', 0],
  ]);
}

/** A table of so many places; what its fields point to is written already. */
function table(builder: Builder, places: number, fields: readonly Field[]): Offset {
  builder.startObject(places);
  for (const [slot, kind, value] of fields) {
    if (kind === 'offset') builder.addFieldOffset(slot, value, 0);
    // Without a default, zeros are written too.
    else if (kind === 'int32') builder.addFieldInt32(slot, value, null);
    else builder.addFieldInt8(slot, value, null);
  }
  return builder.endObject();
}

function integers(builder: Builder, values: readonly number[]): Offset {
  return vector(builder, values, (value) => builder.addInt32(value));
}

function offsets(builder: Builder, values: readonly Offset[]): Offset {
  return vector(builder, values, (value) => builder.addOffset(value));
}

/** Elements of four bytes; files are written from their end. */
function vector(builder: Builder, values: readonly number[], add: (value: number) => void): Offset {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) add(value);
  return builder.endVector();
}
