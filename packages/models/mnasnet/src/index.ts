export { architectures } from './architectures.ts';
export {
  MNASNet,
  mnasnet0_5,
  mnasnet0_75,
  mnasnet1_0,
  mnasnet1_3,
  type MNASNetOptions,
} from './mnasnet.ts';
export { ranks } from './ranks.ts';
export {
  mnasnet0_5Weights,
  mnasnet0_75Weights,
  mnasnet1_0Weights,
  mnasnet1_3Weights,
} from './weights.ts';
