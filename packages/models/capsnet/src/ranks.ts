/**
 * Numbers of spatial axes that the family is built for: `dims`. Not three: kernels of 9 would have 729 taps, and each
 * further axis multiplies the capsules that are routed.
 */
export const ranks: readonly [1, 2] = [1, 2];
