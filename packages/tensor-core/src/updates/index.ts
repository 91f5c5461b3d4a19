/** What writes in place or depends on the step: for the updates of weights, outside the graph of gradients. */
export { assign, blend, clone } from './blend.ts';
export * from './optimizer-steps.ts';
export { scale } from './scale.ts';
