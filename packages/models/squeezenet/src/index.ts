export { architectures } from './architectures.ts';
export { SqueezeNet, squeezenet1_0, squeezenet1_1, type SqueezeNetOptions } from './squeezenet.ts';
export { ranks } from './ranks.ts';
export { squeezenet1_0Weights, squeezenet1_1Weights } from './weights.ts';
