/**
 * Numbers of spatial axes that the family is built for: `dims`. Not three: kernels of 1 × n and n × 1 in turn are made for
 * the two axes of an image.
 */
export const ranks: readonly [1, 2] = [1, 2];
