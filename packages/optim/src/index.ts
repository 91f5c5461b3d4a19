export { Adam, AdamW, type AdamOptions } from './adam.ts';
export { OneCycle, type OneCycleOptions } from './one-cycle.ts';
export {
  Optimizer,
  type OptimizerOptions,
  type ParameterGroup,
  type ParameterSource,
} from './optimizer.ts';
export { SGD, type SGDOptions } from './sgd.ts';
