/** Numbers of spatial axes that the family is built for: `dims`. Its papers are about signals. */
export const ranks: readonly [1] = [1];
