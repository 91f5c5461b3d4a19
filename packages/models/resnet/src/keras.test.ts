import { describeKeras } from '@convnet/model-testing';

import { resnet50, resnetKeras } from './index.ts';

describeKeras(new URL('../fixtures/keras/', import.meta.url), {
  resnet50: { build: (options) => resnet50(options), twin: resnetKeras },
});
