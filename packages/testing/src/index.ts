export { describePublicCalls, type PublicCalls } from './public-calls.ts';
export { alsoTakes, named, type Arguments, type Sample, type Samples } from './sample.ts';
