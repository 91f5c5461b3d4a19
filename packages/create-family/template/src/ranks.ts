/** Numbers of spatial axes that the family is built for: `dims`. */
export const ranks: readonly [1, 2] = [1, 2];
