import { describeKeras } from '@convnet/model-testing';

import { inception_v3, inception_v3Keras } from './index.ts';

describeKeras(new URL('../fixtures/keras/', import.meta.url), {
  inception_v3: { build: (options) => inception_v3(options), twin: inception_v3Keras },
});
