import { describeKeras } from '@convnet/model-testing';

import { densenet121, densenetKeras } from './index.ts';

describeKeras(new URL('../fixtures/keras/', import.meta.url), {
  densenet121: { build: (options) => densenet121(options), twin: densenetKeras },
});
