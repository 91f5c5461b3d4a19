import type { Tensor } from '@convnet/tensor-core';
/**
 * Carries out a case on the tensors of its inputs. Its arguments come from JSON as the script that wrote
 * them names them, which is as the options here are named: each call states the type of its own.
 */
export type Call = (t: readonly Tensor[], args: never) => Tensor | readonly Tensor[];

export type Calls = Readonly<Record<string, Call>>;
