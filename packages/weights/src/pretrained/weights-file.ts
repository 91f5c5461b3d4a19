/**
 * A file of published weights. Families export theirs, such as `resnet18Weights.IMAGENET1K_V1` of `@convnet/resnet`; any
 * object of this form will do.
 */
export interface WeightsFile {
  /** Name of the file: how it is called in the cache, on a mirror and in a folder. */
  readonly file: string;
  readonly url: string;
  /** The first hexadecimal digits of the SHA-256 of its content, eight or more. */
  readonly sha256: string;
  /** Its length in bytes, roughly: for the progress, where the server does not say. */
  readonly bytes: number;
  readonly licence?: string;
  /** How names in the file become names of the network, where they differ. */
  readonly renames?: readonly (readonly [pattern: RegExp, replacement: string])[];
  /** Names in the file of what a network may lack. */
  readonly spare?: RegExp;
}

/** Whether something is a file of published weights. */
export function isWeightsFile(value: unknown): value is WeightsFile {
  if (typeof value !== 'object' || value === null) return false;
  const { file, url, sha256 } = value as Partial<WeightsFile>;
  return typeof file === 'string' && typeof url === 'string' && typeof sha256 === 'string';
}
