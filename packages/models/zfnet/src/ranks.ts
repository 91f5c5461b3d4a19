/**
 * Numbers of spatial axes that the family is built for: `dims`. Not three: its sizes were found by looking at images, and
 * its classifier of 4096 units would read a further axis of features.
 */
export const ranks: readonly [1, 2] = [1, 2];
