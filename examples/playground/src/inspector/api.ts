/** What the page and the worker that inspects say to each other. */

/** A builder of a family. */
export interface BuilderInfo {
  readonly name: string;
  /** Spatial axes that it may be built for. */
  readonly ranks: readonly number[];
  /** Of the input that its facts are stated for. */
  readonly channels: number;
  readonly extents: readonly number[];
  /** What its paper is; null where the family does not state it. */
  readonly reference: string | null;
}

/** What is asked for. */
export interface Inquiry {
  readonly family: string;
  readonly builder: string;
  readonly dims: number;
  readonly channels: number;
  /** One for each spatial axis. */
  readonly extents: readonly number[];
  readonly classes: number;
}

/** A layer, or a block of them. */
export interface Row {
  readonly path: string;
  readonly type: string;
  readonly outputShape: readonly number[];
  readonly parameters: number;
  /** 1 MAC is 2 FLOPs. */
  readonly macs: number;
}

export interface Inspection {
  readonly parameters: number;
  readonly macs: number;
  /** Everything, pointwise operations included. */
  readonly flops: number;
  readonly parameterBytes: number;
  /** Of a forward and a backward pass. */
  readonly activationBytes: number;
  readonly layers: readonly Row[];
  /** The same layers, those of one block together. */
  readonly blocks: readonly Row[];
  /** The tree of modules. */
  readonly tree: string;
}

export interface InspectorApi {
  /** Names of the families. */
  families(): readonly string[];
  builders(family: string): Promise<readonly BuilderInfo[]>;
  /** @throws where the input is too small, in the words of the network. */
  inspect(inquiry: Inquiry): Promise<Inspection>;
}
