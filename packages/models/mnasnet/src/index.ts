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
