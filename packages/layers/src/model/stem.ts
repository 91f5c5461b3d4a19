import { requireOneOf } from './model-options.ts';

/**
 * How a network begins: 'imagenet' as its paper has it, for images of about 224; 'cifar' keeps the extent,
 * for images of about 32 and other small inputs.
 */
export type Stem = 'imagenet' | 'cifar';

/** @internal Whether a network begins by reducing the extent. @throws ArgumentError for what is no `Stem`. */
export function stemReduces(architecture: string, stem: Stem): boolean {
  requireOneOf(architecture, 'stem', stem, ['imagenet', 'cifar']);
  return stem === 'imagenet';
}
