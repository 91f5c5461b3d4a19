import { InferenceOnlyError } from './errors.ts';

/** What the bundler of an application may define. From sources, in Node and without a bundler there is no such thing. */
declare const __CONVNET_INFERENCE__: boolean | undefined;

/**
 * @internal Whether the application was built to infer only. The build of these packages puts the condition itself in the
 * place of each reading, and around every gradient rule, so that bundlers leave out what stands behind it.
 */
export const forInference: boolean =
  typeof __CONVNET_INFERENCE__ !== 'undefined' && __CONVNET_INFERENCE__;

/** @internal @throws InferenceOnlyError where the application was built to infer only. */
export function requireTraining(what: string): void {
  if (forInference) throw new InferenceOnlyError(what);
}
