/** The messages of onnx.proto that an exported network consists of, as plain data. */
export interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opset: number;
  readonly graph: Graph;
  /** What the writer says besides, by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly TensorData[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

export interface Node {
  readonly name: string;
  readonly opType: string;
  /** '' where an optional input is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** The value of an attribute, with its type. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

export interface TensorData {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  /** A string is the name of an extent that is not fixed. */
  readonly shape: readonly (number | string)[];
}

/** TensorProto.DataType. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

export type ElementType = keyof typeof elementTypes;
