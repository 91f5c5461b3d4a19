/** The messages of onnx.proto as a file has them: what is read of them, and nothing checked against each other. */
export interface FileModel {
  /** Versions of the sets of operators, by domain; '' is the standard one. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: FileGraph;
  /** What the writer says besides, by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

export interface FileGraph {
  readonly name: string;
  readonly nodes: readonly FileNode[];
  readonly initializers: readonly FileTensor[];
  readonly inputs: readonly FileValueInfo[];
  readonly outputs: readonly FileValueInfo[];
}

export interface FileNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** '' where an optional one is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, FileAttribute>;
}

/** What an attribute of each type holds. */
export interface AttributeValues {
  readonly float: number;
  readonly int: number;
  readonly string: string;
  readonly tensor: FileTensor;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly string[];
  readonly graph: FileGraph;
}

/** The value of an attribute; of those that hold types and lists of tensors or graphs only that they are there. */
export type FileAttribute =
  | {
      readonly [Kind in keyof AttributeValues]: {
        readonly kind: Kind;
        readonly value: AttributeValues[Kind];
      };
    }[keyof AttributeValues]
  | { readonly kind: 'other' };

/** A tensor whose elements are not decoded yet. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of TensorProto.DataType. */
  readonly type: number;
  readonly elements: FileElements;
}

/** Where the elements of a tensor stand. */
export type FileElements =
  /** Little-endian, row-major. */
  | { readonly kind: 'raw'; readonly parts: readonly Uint8Array[] }
  /** Integers of a variable number of bytes; halves as their bits. */
  | { readonly kind: 'varints'; readonly parts: readonly Uint8Array[] }
  /** In a file beside this one. */
  | {
      readonly kind: 'external';
      readonly file: string;
      readonly offset: number;
      readonly length: number | null;
    };

export interface FileValueInfo {
  readonly name: string;
  /** Whether it is a sequence, a map or an optional value. */
  readonly isOther: boolean;
  /** Number of TensorProto.DataType; 0 where it is not said. */
  readonly type: number;
  /** A string is the name of an extent that is not fixed, '' one without name; null: nothing is said of the shape. */
  readonly shape: readonly (number | string)[] | null;
}
