/*
 * What is asked of objects of the web. The public types name none of the web's own, so that they need neither a DOM library
 * nor the types of Node (docs/decisions/0019).
 */

/** A `Blob` or `File`. */
export interface BlobLike {
  readonly size: number;
  slice(start?: number, end?: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** An `AbortSignal`. */
export interface SignalLike {
  readonly aborted: boolean;
}
