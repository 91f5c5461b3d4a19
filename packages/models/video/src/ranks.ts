/** Numbers of spatial axes that the family is built for: time, height and width. */
export const ranks: readonly [3] = [3];
