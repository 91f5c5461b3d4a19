import type { Architectures } from '@convnet/layers';

const reference = 'The authors, "The title", where it was published';

/** The facts about the builders; the tests count them. */
export const architectures: Architectures<'my_family_small' | 'my_family'> = {
  my_family_small: {
    reference,
    parameters: 61_368,
    macs: 135_507_200,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
  },
  my_family: {
    reference,
    parameters: 610_440,
    macs: 820_204_544,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
  },
};
