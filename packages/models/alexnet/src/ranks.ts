/**
 * Numbers of spatial axes that the family is built for: `dims`. Not three: its first kernel of 11 would have 1331 taps.
 */
export const ranks: readonly [1, 2] = [1, 2];
